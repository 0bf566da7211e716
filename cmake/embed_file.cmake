# Run with -DNAME -DFILES=a|b -DOUT: writes one C array.
string(REPLACE "|" ";" files "${FILES}")
set(hex "")
foreach(file ${files})
  file(READ ${file} more HEX)
  string(APPEND hex "${more}")
endforeach()
string(LENGTH "${hex}" digits)
math(EXPR length "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}") # a char may be signed
string(REGEX REPLACE "('[^']*','[^']*','[^']*','[^']*',)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "#include <stddef.h>
extern const char ${NAME}[];
extern const size_t ${NAME}_length;
const char ${NAME}[] = {
${bytes}0 };
const size_t ${NAME}_length = ${length};
")
