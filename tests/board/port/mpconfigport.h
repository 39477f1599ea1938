// What the emulated board's MicroPython has: the features of upstream's ESP8266_GENERIC (2 MiB), so that a program which
// needs more fails here as it would there. Names and values follow upstream's ports/esp8266/mpconfigport.h; its
// hardware (pins, WiFi, flash) is left out.
#include <stdbool.h>
#include <stdint.h>
#include <alloca.h>
#include <sys/types.h>

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

// What an ESP8266 lacks of that level.
#define MICROPY_COMP_MODULE_CONST (0)
#define MICROPY_COMP_TRIPLE_TUPLE_ASSIGN (0)
#define MICROPY_COMP_RETURN_IF_EXPR (0)
#define MICROPY_OPT_LOAD_ATTR_FAST_PATH (0)
#define MICROPY_OPT_MAP_LOOKUP_CACHE (0)
#define MICROPY_OPT_MPZ_BITWISE (0)
#define MICROPY_OPT_MATH_FACTORIAL (0)
#define MICROPY_REPL_EMACS_KEYS (0)
#define MICROPY_PY_BUILTINS_COMPLEX (0)
#define MICROPY_PY_DELATTR_SETATTR (0)
#define MICROPY_PY_BUILTINS_STR_CENTER (0)
#define MICROPY_PY_BUILTINS_STR_PARTITION (0)
#define MICROPY_PY_BUILTINS_STR_SPLITLINES (0)
#define MICROPY_PY_BUILTINS_SLICE_INDICES (0)
#define MICROPY_PY_BUILTINS_COMPILE (0)
#define MICROPY_PY_BUILTINS_EXECFILE (0)
#define MICROPY_PY_BUILTINS_NOTIMPLEMENTED (0)
#define MICROPY_PY_BUILTINS_POW3 (0)
#define MICROPY_PY___FILE__ (0)
#define MICROPY_PY_MATH_CONSTANTS (0)
#define MICROPY_PY_MATH_SPECIAL_FUNCTIONS (0)
#define MICROPY_PY_MATH_FACTORIAL (0)
#define MICROPY_PY_MATH_ISCLOSE (0)
#define MICROPY_PY_SYS_PS1_PS2 (0)
#define MICROPY_PY_BINASCII_CRC32 (0)
#define MICROPY_PY_RANDOM_EXTRA_FUNCS (0)

// How the heap is laid out: as there.
#define MICROPY_OBJ_REPR (MICROPY_OBJ_REPR_C)
#define MICROPY_GC_STACK_ENTRY_TYPE uint16_t
#define MICROPY_ALLOC_PATH_MAX (128)
#define MICROPY_ALLOC_LEXER_INDENT_INIT (8)
#define MICROPY_ALLOC_PARSE_RULE_INIT (48)
#define MICROPY_ALLOC_PARSE_RULE_INC (8)
#define MICROPY_ALLOC_PARSE_RESULT_INC (8)
#define MICROPY_ALLOC_PARSE_CHUNK_INIT (64)
#define MICROPY_ENABLE_GC (1)
#define MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF (1)

#define MICROPY_LONGINT_IMPL (MICROPY_LONGINT_IMPL_MPZ)
#define MICROPY_FLOAT_IMPL (MICROPY_FLOAT_IMPL_FLOAT)
#define MICROPY_ERROR_REPORTING (MICROPY_ERROR_REPORTING_NORMAL)
#define MICROPY_WARNINGS (1)
#define MICROPY_USE_INTERNAL_ERRNO (1)
#define MICROPY_STREAMS_POSIX_API (1)
#define MICROPY_PERSISTENT_CODE_LOAD (1)
#define MICROPY_READER_VFS (1)
#define MICROPY_VFS (1)
#define MICROPY_VFS_ROM (1) // as in its variant FLASH_2M_ROMFS
#define MICROPY_VFS_ROM_IOCTL (0)

// Modules. The network is the board's one interface: there is no `network` and no `machine`.
#define MICROPY_PY_LWIP (1)
#define MICROPY_PY_LWIP_SOCK_RAW (1)
#define MICROPY_PY_WEBSOCKET (1)
#define MICROPY_PY_MACHINE (0)
#define MICROPY_PY_OS_URANDOM (1)
#define MICROPY_PY_OS_INCLUDEFILE "modos.inc"
#define MICROPY_PY_HASHLIB_SHA1 (1)
#define MICROPY_PY_HASHLIB_MD5 (0)
#define MICROPY_SSL_AXTLS (1) // whose SHA-1 this is: sha1.c
#define MICROPY_PY_TIME_GMTIME_LOCALTIME_MKTIME (1)
#define MICROPY_PY_TIME_TIME_TIME_NS (1)
#define MICROPY_PY_TIME_INCLUDEFILE "modtime.inc"
#define MICROPY_PY_RANDOM_SEED_INIT_FUNC (board_random())
#define MICROPY_PY_SYS_PLATFORM "esp8266"
#define MICROPY_HW_BOARD_NAME "emulated board"
#define MICROPY_HW_MCU_NAME "Cortex-M3"

// Packets come in while Python runs, every tenth backward jump, and while it waits: as on an ESP8266.
unsigned int board_random(void);
void board_poll(void);
void board_wait(void);
#define MICROPY_INTERNAL_EVENT_HOOK board_poll()
#define MICROPY_INTERNAL_WFE(timeout_ms) board_wait()
#define MICROPY_VM_HOOK_INIT static unsigned int vm_hook_left = 10;
#define MICROPY_VM_HOOK_POLL \
    if (--vm_hook_left == 0) { \
        vm_hook_left = 10; \
        board_poll(); \
    }
#define MICROPY_VM_HOOK_LOOP MICROPY_VM_HOOK_POLL
#define MICROPY_VM_HOOK_RETURN MICROPY_VM_HOOK_POLL

// The machine.
#define MICROPY_MAKE_POINTER_CALLABLE(p) ((void *)((mp_uint_t)(p) | 1))
#define MP_SSIZE_MAX (0x7fffffff)
typedef long mp_off_t;
#define MP_NEED_LOG2 (1)
#define MP_STATE_PORT MP_STATE_VM
#if MICROPY_VERSION_MINOR < 27 // later ones know it
typedef int32_t mp_int_t;
typedef uint32_t mp_uint_t;
#define UINT_FMT "%lu"
#define INT_FMT "%ld"
#define HEX_FMT "%lx"
#endif
