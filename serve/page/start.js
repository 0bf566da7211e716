"use strict";
/* First something is to be seen, then the rest of the page runs.  index.html names its scripts as preloads, in their order: they
 * come over the wire meanwhile.  A page behind another tab has no first frame, and does not wait for one. */
(() => {
  const run = () => {
    for (const link of document.querySelectorAll('link[rel="preload"][as="script"]')) {
      const script = document.createElement("script");
      script.async = false;                             /* in their order */
      script.src = link.href;
      document.head.append(script);
    }
  };
  if (document.hidden) run();
  else requestAnimationFrame(() => setTimeout(run));
})();
