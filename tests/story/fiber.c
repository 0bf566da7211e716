#include "tests/story/fiber.h"

#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>

/* A context is entered by swapcontext() once, from then on by _longjmp(): the
 * same without the two system calls of every switch for a signal mask that is
 * always the same.  AddressSanitizer must know on which stack we are, and does
 * not like such jumps. */
#ifdef __SANITIZE_ADDRESS__
enum { JUMPS = 0 };
#include <sanitizer/common_interface_defs.h>
#define STACK_LEAVE(save, bottom, size) __sanitizer_start_switch_fiber((save), (bottom), (size))
#define STACK_ENTER(save, bottom, size) __sanitizer_finish_switch_fiber((save), (bottom), (size))
#else
enum { JUMPS = 1 };
#define STACK_LEAVE(save, bottom, size) ((void)(save), (void)(bottom), (void)(size))
#define STACK_ENTER(save, bottom, size) ((void)(save), (void)(bottom), (void)(size))
#endif

enum { STACK_BYTES = 512 * 1024, GUARD_BYTES = 4096, STACKS_KEPT = 16 };

struct fiber {
    ucontext_t here;   /* where it stopped */
    ucontext_t caller; /* who resumed it */
    jmp_buf here_jump, caller_jump;
    bool begun;
    char *stack;
    void (*run)(void *self);
    void *self;
    bool done;
    void *asan_own; /* ASan's fake stacks, and the caller's real one */
    void *asan_caller;
    const void *caller_stack;
    size_t caller_stack_size;
};

static struct fiber *current;
static char *stacks[STACKS_KEPT];
static int stack_count;

static char *
stack_take(void)
{
    char *stack;

    if (stack_count > 0)
        return stacks[--stack_count];
    stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, GUARD_BYTES, PROT_NONE) != 0)
        abort();
    return stack;
}

static void
stack_give(char *stack)
{
    if (stack_count < STACKS_KEPT)
        stacks[stack_count++] = stack;
    else
        (void)munmap(stack, STACK_BYTES);
}

/* Leave one context for another.  known: the other one was left by us. */
static void
leave_for(ucontext_t *from, jmp_buf from_jump, ucontext_t *to, jmp_buf to_jump, bool known)
{
    if (JUMPS && _setjmp(from_jump) != 0)
        return;
    if (JUMPS && known)
        _longjmp(to_jump, 1);
    if (swapcontext(from, to) != 0)
        abort();
}

static void
begin(void)
{
    struct fiber *f = current;

    STACK_ENTER(NULL, &f->caller_stack, &f->caller_stack_size);
    f->run(f->self);
    f->done = true;
    STACK_LEAVE(NULL, f->caller_stack, f->caller_stack_size);
    if (JUMPS)
        _longjmp(f->caller_jump, 1);
    (void)setcontext(&f->caller);
    abort();
}

struct fiber *
fiber_new(void (*run)(void *self), void *self)
{
    struct fiber *f = calloc(1, sizeof *f);

    if (f == NULL || getcontext(&f->here) != 0)
        abort();
    f->stack = stack_take();
    f->run = run;
    f->self = self;
    f->here.uc_stack.ss_sp = f->stack + GUARD_BYTES;
    f->here.uc_stack.ss_size = STACK_BYTES - GUARD_BYTES;
    f->here.uc_link = NULL;
    makecontext(&f->here, begin, 0);
    return f;
}

bool
fiber_resume(struct fiber *f)
{
    if (f->done || current != NULL)
        abort();
    current = f;
    STACK_LEAVE(&f->asan_caller, f->stack + GUARD_BYTES, STACK_BYTES - GUARD_BYTES);
    leave_for(&f->caller, f->caller_jump, &f->here, f->here_jump, f->begun);
    STACK_ENTER(f->asan_caller, NULL, NULL);
    current = NULL;
    return !f->done;
}

void
fiber_pause(void)
{
    struct fiber *f = current;

    if (f == NULL)
        return;
    STACK_LEAVE(&f->asan_own, f->caller_stack, f->caller_stack_size);
    f->begun = true;
    leave_for(&f->here, f->here_jump, &f->caller, f->caller_jump, true);
    STACK_ENTER(f->asan_own, &f->caller_stack, &f->caller_stack_size);
}

void
fiber_free(struct fiber *f)
{
    if (f == NULL)
        return;
    stack_give(f->stack);
    free(f);
}
