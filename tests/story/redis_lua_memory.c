/* Memory for Lua's small objects: they are many and short-lived, and one
 * thread uses them.  Blocks of one size are kept in a list; larger ones are
 * malloc's, and so is everything under AddressSanitizer. */
#include "tests/story/redis_inside.h"

enum { STEP_BYTES = 16, SMALL_BYTES = 512, PIECE_BYTES = 64 * 1024 };

#ifdef __SANITIZE_ADDRESS__
enum { KEEPS_LISTS = 0 };
#else
enum { KEEPS_LISTS = 1 };
#endif

struct spare {
    struct spare *next;
};
struct lua_memory {
    struct spare *spare[SMALL_BYTES / STEP_BYTES + 1];
    struct arena pieces;
    char *at; /* what is left of the newest piece */
    size_t left;
};

struct lua_memory *
lua_memory_new(void)
{
    struct lua_memory *m = must_allocate(sizeof *m);

    memset(m, 0, sizeof *m);
    return m;
}

void
lua_memory_free(struct lua_memory *m)
{
    if (m == NULL)
        return;
    arena_release(&m->pieces);
    free(m);
}

static bool
is_small(size_t size)
{
    return KEEPS_LISTS && size <= SMALL_BYTES;
}

static size_t
list_of(size_t size)
{
    return (size + STEP_BYTES - 1) / STEP_BYTES;
}

static void *
take_small(struct lua_memory *m, size_t size)
{
    size_t list = list_of(size), bytes = list * STEP_BYTES;
    struct spare *spare = m->spare[list];
    char *at;

    if (spare != NULL) {
        m->spare[list] = spare->next;
        return spare;
    }
    if (m->left < bytes) {
        m->at = arena_take(&m->pieces, PIECE_BYTES);
        m->left = PIECE_BYTES;
    }
    at = m->at;
    m->at += bytes;
    m->left -= bytes;
    return at;
}

static void
give_small(struct lua_memory *m, void *at, size_t size)
{
    struct spare *spare = at;

    spare->next = m->spare[list_of(size)];
    m->spare[list_of(size)] = spare;
}

/* A lua_Alloc. */
void *
lua_memory_resize(void *self, void *at, size_t old_size, size_t size)
{
    struct lua_memory *m = self;
    bool was_small = at != NULL && is_small(old_size);
    void *new;

    if (size == 0) {
        if (was_small)
            give_small(m, at, old_size);
        else
            free(at);
        return NULL;
    }
    if (!was_small && !is_small(size))
        return must_resize(at, size);
    if (was_small && is_small(size) && list_of(old_size) == list_of(size))
        return at;
    new = is_small(size) ? take_small(m, size) : must_allocate(size);
    if (at == NULL)
        return new;
    memcpy(new, at, old_size < size ? old_size : size);
    if (was_small)
        give_small(m, at, old_size);
    else
        free(at);
    return new;
}
