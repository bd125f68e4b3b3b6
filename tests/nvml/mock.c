/* A stand-in for libnvidia-ml.so.1 with no GPU behind it, written from the public interface's layouts.
 *
 * Its state is a text file of "key = value" lines named by QUARTERDECK_MOCK_NVML and read again when it changes:
 *   count = 8                     cards, at most 64             driver = 570.124.06      init = !9
 *   gpu.*.util = 90               default of every card         gpu.3.util = 5           override of one
 *   gpu.3.power = !999            that question is answered by NVML error 999
 *   gpu.3.lost = 1                everything about it is answered by 15 (GPU_IS_LOST); gpu.3.broken = 999 likewise
 *   gpu.3.handle = !15            not even a handle             missing = nvmlDeviceGetMemoryInfo_v2, ...  (error 13)
 *   hang_ms = 5000                every call; gpu.5.hang_ms of one card; ends early when the file says less
 *   gpu.0.process.0 = PID BYTES UTIL [GPU_INSTANCE COMPUTE_INSTANCE]       BYTES may be "na"; also gpu.0.graphics.0
 *   gpu.0.samples = 40            what the driver's ring holds of the utilisation of each process (1)
 *   gpu.0.mig = 1   gpu.0.mig.0 = GPU_INSTANCE COMPUTE_INSTANCE TOTAL USED NAME
 *   gpu.0.field.230 = 2           any field value; gpu.0.link.4.crc, .replay, .recovery, .up
 *   xid.0 = CARD CODE             a growing list that nvmlEventSetWait consumes
 * With -DOLD_DRIVER the library lacks the names that drivers of the 450 series lack; with -DLONG_ROWS it has the longer
 * rows of processes of drivers 535.43 to 535.86, and what else tells those drivers.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

typedef unsigned int u32;
typedef unsigned long long u64;
typedef int ret;

enum {
    OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, SMALL = 7, TIMEOUT = 10,
    NO_FUNCTION = 13, LOST = 15, VERSION = 25, UNKNOWN = 999
};
enum { CARDS = 64, PARTS = 8, SLOTS = 16384, PROCESSES = 64, LINKS = 36 };

typedef struct { int card, part; } Device;
typedef struct { char key[64], value[120]; } Entry;

static Device devices[CARDS][PARTS + 1];
static Entry table[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stat seen;
static u64 looked;
static int sessions;

/* ---- the state file ---- */

static u64 now_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

static u32 hash(const char *key) {
    u32 h = 2166136261u;
    for (; *key; key++) h = (h ^ (unsigned char)*key) * 16777619u;
    return h % SLOTS;
}

static Entry *place(const char *key) {
    u32 at = hash(key);
    while (table[at].key[0] && strcmp(table[at].key, key)) at = (at + 1) % SLOTS;
    return &table[at];
}

static char *trim(char *text) {
    char *end;
    while (*text == ' ' || *text == '\t') text++;
    end = text + strlen(text);
    while (end > text && strchr(" \t\r\n", end[-1])) *--end = 0;
    return text;
}

static void load(void) {
    const char *path = getenv("QUARTERDECK_MOCK_NVML");
    u64 now = now_ms(CLOCK_MONOTONIC);
    struct stat st;
    char line[512];
    FILE *file;
    if (!path || (looked && now - looked < 20)) return;
    looked = now;
    if (stat(path, &st)
        || (st.st_ino == seen.st_ino && !memcmp(&st.st_mtim, &seen.st_mtim, sizeof st.st_mtim))) return;
    if (!(file = fopen(path, "r"))) return;
    seen = st;
    memset(table, 0, sizeof table);
    while (fgets(line, sizeof line, file)) {
        char *equals = strchr(line, '='), *key;
        Entry *entry;
        if (line[0] == '#' || !equals) continue;
        *equals = 0;
        key = trim(line);
        if (!*key || strlen(key) >= sizeof entry->key) continue;
        entry = place(key);
        snprintf(entry->key, sizeof entry->key, "%s", key);
        snprintf(entry->value, sizeof entry->value, "%s", trim(equals + 1));
    }
    fclose(file);
}

/* The value of a key, copied; of the card, else of every card, else of nobody (0). */
static int text(int card, const char *name, char out[120]) {
    char key[64];
    Entry *entry = NULL;
    pthread_mutex_lock(&lock);
    load();
    if (card < 0) entry = place(name);
    else {
        snprintf(key, sizeof key, "gpu.%d.%s", card, name);
        entry = place(key);
        if (!entry->key[0]) {
            snprintf(key, sizeof key, "gpu.*.%s", name);
            entry = place(key);
        }
    }
    out[0] = 0;
    if (entry->key[0]) memcpy(out, entry->value, 120);
    pthread_mutex_unlock(&lock);
    return out[0] != 0;
}

static ret number(int card, const char *name, double otherwise, double *out) {
    char value[120];
    *out = otherwise;
    if (!text(card, name, value)) return OK;
    if (value[0] == '!') return atoi(value + 1);
    *out = strtod(value, NULL);
    return OK;
}

static double plain(int card, const char *name, double otherwise) {
    double value;
    return number(card, name, otherwise, &value) ? otherwise : value;
}

static ret words(int card, const char *name, const char *otherwise, char *out, u32 size) {
    char value[120];
    if (!text(card, name, value)) snprintf(value, sizeof value, "%s", otherwise);
    if (value[0] == '!') return atoi(value + 1);
    if (strlen(value) >= size) return SMALL;
    strcpy(out, value);
    return OK;
}

/* ---- what every call goes through ---- */

static int cards(void) {
    int count = (int)plain(-1, "count", 1);
    return count > CARDS ? CARDS : count < 0 ? 0 : count;
}

static void hang(int card) {
    u64 begun = now_ms(CLOCK_MONOTONIC);
    struct timespec slice = {0, 10000000};
    for (;;) {
        double wanted = plain(-1, "hang_ms", 0), own = card < 0 ? 0 : plain(card, "hang_ms", 0);
        if (own > wanted) wanted = own;
        if ((double)(now_ms(CLOCK_MONOTONIC) - begun) >= wanted) return;
        nanosleep(&slice, NULL);
    }
}

static int missing(const char *name) {
    char list[120], *at, *rest = list;
    if (!text(-1, "missing", list)) return 0;
    while ((at = strsep(&rest, ", ")))
        if (!strcmp(at, name)) return 1;
    return 0;
}

static ret enter(const char *name, const Device *device) {
    double code;
    if (missing(name)) return NO_FUNCTION;
    if (!sessions) return UNINITIALIZED;
    hang(device ? device->card : -1);
    if (!device) return OK;
    if (device->card < 0 || device->card >= CARDS) return INVALID;
    if (plain(device->card, "lost", 0) > 0) return LOST;
    if ((code = plain(device->card, "broken", 0)) > 0) return (ret)code;
    return OK;
}

#define ENTER(device) do { ret e_ = enter(__func__, device); if (e_) return e_; } while (0)
#define CALL(expression) do { ret e_ = (expression); if (e_) return e_; } while (0)
#define GETTER(function, name, type, otherwise, scale)                      \
    ret function(Device *d, type *out) {                                    \
        double value;                                                       \
        ENTER(d);                                                           \
        CALL(number(d->card, name, otherwise, &value));                     \
        *out = (type)(value * (scale));                                     \
        return OK;                                                          \
    }
#define WHOLE_CARD(d) do { if ((d)->part) return NOT_SUPPORTED; } while (0)

/* ---- the library and the system ---- */

static ret begin(const char *name) {
    double unused;
    int i, j;
    if (missing(name)) return NO_FUNCTION;
    hang(-1);
    CALL(number(-1, "init", 0, &unused));
    for (i = 0; i < CARDS; i++)
        for (j = 0; j <= PARTS; j++) devices[i][j] = (Device){i, j};
    __sync_fetch_and_add(&sessions, 1);
    if (getenv("QUARTERDECK_MOCK_CHATTY")) printf("the driver says hello\n"), fflush(stdout);
    return OK;
}

ret nvmlInit(void) { return begin(__func__); }
ret nvmlInit_v2(void) { return begin(__func__); }
#ifndef OLD_DRIVER
ret nvmlInitWithFlags(u32 flags) { (void)flags; return begin(__func__); }
#endif
ret nvmlShutdown(void) {
    if (!sessions) return UNINITIALIZED;
    __sync_fetch_and_sub(&sessions, 1);
    return OK;
}

const char *nvmlErrorString(ret code) {
    switch (code) {
    case OK: return "Success";
    case UNINITIALIZED: return "Uninitialized";
    case INVALID: return "Invalid Argument";
    case NOT_SUPPORTED: return "Not Supported";
    case NOT_FOUND: return "Not Found";
    case SMALL: return "Insufficient Size";
    case 9: return "Driver Not Loaded";
    case TIMEOUT: return "Timeout";
    case NO_FUNCTION: return "Function Not Found";
    case LOST: return "GPU is lost";
    case 18: return "Driver/library version mismatch";
    default: return "Unknown Error";
    }
}

ret nvmlSystemGetDriverVersion(char *out, u32 size) {
    ENTER(NULL);
    return words(-1, "driver", "570.124.06", out, size);
}
ret nvmlSystemGetNVMLVersion(char *out, u32 size) {
    ENTER(NULL);
    return words(-1, "nvml", "12.570.124.06", out, size);
}
ret nvmlSystemGetCudaDriverVersion(int *out) {
    double value;
    ENTER(NULL);
    CALL(number(-1, "cuda", 12080, &value));
    *out = (int)value;
    return OK;
}
ret nvmlSystemGetCudaDriverVersion_v2(int *out) { return nvmlSystemGetCudaDriverVersion(out); }
ret nvmlSystemGetProcessName(u32 pid, char *out, u32 size) {
    ENTER(NULL);
    snprintf(out, size, "process-%u", pid);
    return OK;
}

/* ---- which cards ---- */

ret nvmlDeviceGetCount_v2(u32 *out) {
    double value;
    ENTER(NULL);
    CALL(number(-1, "count", 1, &value));
    *out = (u32)cards();
    return OK;
}
ret nvmlDeviceGetHandleByIndex_v2(u32 index, Device **out) {
    double unused;
    ENTER(NULL);
    if ((int)index >= cards()) return INVALID;
    CALL(number((int)index, "handle", 0, &unused));
    *out = &devices[index][0];
    return OK;
}

static void own_uuid(const Device *d, char out[120]) {
    if (d->part) snprintf(out, 120, "MIG-5ba1a5ba-0000-4000-8000-%08x%04x", d->card, d->part - 1);
    else if (!text(d->card, "uuid", out)) snprintf(out, 120, "GPU-5ba1a5ba-0000-4000-8000-%012x", d->card);
}
static void own_pci(const Device *d, char out[32]) {
    char value[120];
    if (!text(d->card, "pci", value)) snprintf(value, sizeof value, "00000000:%02X:00.0", 0x10 + d->card);
    snprintf(out, 32, "%.31s", value);
}

ret nvmlDeviceGetUUID(Device *d, char *out, u32 size) {
    char value[120];
    ENTER(d);
    own_uuid(d, value);
    snprintf(out, size, "%s", value);
    return OK;
}
ret nvmlDeviceGetHandleByUUID(const char *uuid, Device **out) {
    char value[120];
    int i;
    ENTER(NULL);
    for (i = 0; i < cards(); i++) {
        own_uuid(&devices[i][0], value);
        if (!strcmp(uuid, value)) { *out = &devices[i][0]; return OK; }
    }
    return NOT_FOUND;
}
ret nvmlDeviceGetHandleByPciBusId_v2(const char *pci, Device **out) {
    char value[32];
    int i;
    ENTER(NULL);
    for (i = 0; i < cards(); i++) {
        own_pci(&devices[i][0], value);
        if (!strcasecmp(pci, value)) { *out = &devices[i][0]; return OK; }
    }
    return NOT_FOUND;
}
ret nvmlDeviceGetIndex(Device *d, u32 *out) { ENTER(d); *out = (u32)d->card; return OK; }
ret nvmlDeviceGetMinorNumber(Device *d, u32 *out) { ENTER(d); *out = (u32)d->card; return OK; }

typedef struct { char legacy[16]; u32 domain, bus, device, id, subsystem; char address[32]; } Pci;
ret nvmlDeviceGetPciInfo_v3(Device *d, Pci *out) {
    ENTER(d);
    memset(out, 0, sizeof *out);
    own_pci(d, out->address);
    sscanf(out->address, "%x:%x:%x", &out->domain, &out->bus, &out->device);
    snprintf(out->legacy, sizeof out->legacy, "%04X:%02X:%02X.0", out->domain & 0xffff, out->bus & 0xff, out->device & 0xff);
    out->id = 0x233010de;
    return OK;
}
ret nvmlDeviceGetPciInfo_v2(Device *d, Pci *out) { return nvmlDeviceGetPciInfo_v3(d, out); }

/* ---- what a card is ---- */

typedef struct { u32 gi, ci; double total, used; char name[64]; } Part;
static int part_of(int card, int index, Part *out) {
    char key[32], value[120];
    snprintf(key, sizeof key, "mig.%d", index);
    memset(out, 0, sizeof *out);
    return text(card, key, value)
        && sscanf(value, "%u %u %lf %lf %63s", &out->gi, &out->ci, &out->total, &out->used, out->name) >= 4;
}

ret nvmlDeviceGetName(Device *d, char *out, u32 size) {
    char base[120];
    Part part;
    ENTER(d);
    CALL(words(d->card, "name", "NVIDIA H100 80GB HBM3", base, sizeof base));
    if (d->part && part_of(d->card, d->part - 1, &part)) snprintf(out, size, "%.60s MIG %s", base, part.name);
    else snprintf(out, size, "%s", base);
    return OK;
}
ret nvmlDeviceGetSerial(Device *d, char *out, u32 size) {
    ENTER(d);
    return words(d->card, "serial", "1650000000000", out, size);
}
ret nvmlDeviceGetVbiosVersion(Device *d, char *out, u32 size) {
    ENTER(d);
    return words(d->card, "vbios", "96.00.5E.00.01", out, size);
}
GETTER(nvmlDeviceGetEnforcedPowerLimit, "power_limit", u32, 700, 1000)
GETTER(nvmlDeviceGetPowerManagementLimit, "power_limit", u32, 700, 1000)
GETTER(nvmlDeviceGetMaxPcieLinkGeneration, "pcie_generation_max", u32, 5, 1)
GETTER(nvmlDeviceGetMaxPcieLinkWidth, "pcie_width_max", u32, 16, 1)
GETTER(nvmlDeviceGetCurrPcieLinkGeneration, "pcie_generation", u32, 5, 1)
GETTER(nvmlDeviceGetCurrPcieLinkWidth, "pcie_width", u32, 16, 1)
GETTER(nvmlDeviceGetPcieReplayCounter, "pcie_replays", u32, 0, 1)
GETTER(nvmlDeviceGetPersistenceMode, "persistence", u32, 1, 1)
GETTER(nvmlDeviceGetComputeMode, "compute_mode", u32, 0, 1)
GETTER(nvmlDeviceGetDisplayActive, "display", u32, 0, 1)
GETTER(nvmlDeviceGetDisplayMode, "display", u32, 0, 1)
GETTER(nvmlDeviceGetBrand, "brand", u32, 14, 1)
GETTER(nvmlDeviceGetArchitecture, "architecture", u32, 9, 1)
ret nvmlDeviceGetCudaComputeCapability(Device *d, int *major, int *minor) {
    ENTER(d);
    *major = 9;
    *minor = 0;
    return OK;
}

/* ---- the fast group ---- */

typedef struct { u32 gpu, memory; } Utilization;
ret nvmlDeviceGetUtilizationRates(Device *d, Utilization *out) {
    double a, b;
    ENTER(d);
    WHOLE_CARD(d);
    if (plain(d->card, "mig", 0) > 0) return NOT_SUPPORTED;
    CALL(number(d->card, "util", 0, &a));
    CALL(number(d->card, "memory_util", a / 2, &b));
    *out = (Utilization){(u32)a, (u32)b};
    return OK;
}

static ret memory_of(Device *d, double *total, double *used) {
    Part part;
    if (d->part) {
        if (!part_of(d->card, d->part - 1, &part)) return NOT_FOUND;
        *total = part.total;
        *used = part.used;
        return OK;
    }
    CALL(number(d->card, "memory_total", 85520809984.0, total));
    return number(d->card, "memory_used", 0, used);
}
typedef struct { u64 total, free, used; } Memory1;
ret nvmlDeviceGetMemoryInfo(Device *d, Memory1 *out) {
    double total, used;
    ENTER(d);
    CALL(memory_of(d, &total, &used));
    used += plain(d->card, "memory_reserved", 0);
    *out = (Memory1){(u64)total, (u64)(total - used), (u64)used};
    return OK;
}
ret nvmlDeviceGetBAR1MemoryInfo(Device *d, Memory1 *out) {
    ENTER(d);
    *out = (Memory1){1ull << 37, 1ull << 37, 0};
    return OK;
}
#ifndef OLD_DRIVER
typedef struct { u32 version; u64 total, reserved, free, used; } Memory2;
ret nvmlDeviceGetMemoryInfo_v2(Device *d, Memory2 *out) {
    double total, used, reserved;
    ENTER(d);
    if (out->version != (sizeof(Memory2) | 2u << 24)) return VERSION;
    CALL(memory_of(d, &total, &used));
    reserved = plain(d->card, "memory_reserved", 0);
    out->total = (u64)total;
    out->reserved = (u64)reserved;
    out->used = (u64)used;
    out->free = (u64)(total - used - reserved);
    return OK;
}
typedef struct { u32 version, sensor; int temperature; } Temperature1;
ret nvmlDeviceGetTemperatureV(Device *d, Temperature1 *out) {
    double value;
    ENTER(d);
    if (out->version != (sizeof(Temperature1) | 1u << 24)) return VERSION;
    CALL(number(d->card, "temperature", 40, &value));
    out->temperature = (int)value;
    return OK;
}
GETTER(nvmlDeviceGetCurrentClocksEventReasons, "throttle", u64, 0, 1)
#endif
ret nvmlDeviceGetTemperature(Device *d, u32 sensor, u32 *out) {
    double value;
    (void)sensor;
    ENTER(d);
    CALL(number(d->card, "temperature", 40, &value));
    *out = (u32)value;
    return OK;
}
ret nvmlDeviceGetTemperatureThreshold(Device *d, u32 kind, u32 *out) {
    (void)kind;
    ENTER(d);
    *out = 90;
    return OK;
}
GETTER(nvmlDeviceGetCurrentClocksThrottleReasons, "throttle", u64, 0, 1)
GETTER(nvmlDeviceGetPowerUsage, "power", u32, 70, 1000)
GETTER(nvmlDeviceGetPerformanceState, "pstate", u32, 0, 1)
GETTER(nvmlDeviceGetFanSpeed, "fan", u32, 30, 1)
ret nvmlDeviceGetClockInfo(Device *d, u32 kind, u32 *out) {
    double value;
    ENTER(d);
    CALL(number(d->card, kind == 2 ? "memory_clock" : "clock", kind == 2 ? 2619 : 1980, &value));
    *out = (u32)value;
    return OK;
}
ret nvmlDeviceGetMaxClockInfo(Device *d, u32 kind, u32 *out) {
    double value;
    ENTER(d);
    CALL(number(d->card, kind == 2 ? "memory_clock_max" : "clock_max", kind == 2 ? 2619 : 1980, &value));
    *out = (u32)value;
    return OK;
}
static ret engine(Device *d, const char *name, u32 *out, u32 *period) {
    double value;
    CALL(number(d->card, name, 0, &value));
    *out = (u32)value;
    *period = 167000;
    return OK;
}
ret nvmlDeviceGetEncoderUtilization(Device *d, u32 *out, u32 *period) { ENTER(d); return engine(d, "encoder", out, period); }
ret nvmlDeviceGetDecoderUtilization(Device *d, u32 *out, u32 *period) { ENTER(d); return engine(d, "decoder", out, period); }
ret nvmlDeviceGetPcieThroughput(Device *d, u32 counter, u32 *out) {
    struct timespec window = {0, 20000000};
    (void)counter;
    ENTER(d);
    nanosleep(&window, NULL);
    *out = 1000;
    return OK;
}

/* ---- the slow group ---- */

ret nvmlDeviceGetEccMode(Device *d, u32 *current, u32 *pending) { ENTER(d); *current = *pending = 1; return OK; }
ret nvmlDeviceGetTotalEccErrors(Device *d, u32 kind, u32 counter, u64 *out) {
    static const char *names[2][2] = {{"ecc_corrected", "ecc_corrected_ever"}, {"ecc_uncorrected", "ecc_uncorrected_ever"}};
    double value;
    ENTER(d);
    CALL(number(d->card, names[kind & 1][counter & 1], 0, &value));
    *out = (u64)value;
    return OK;
}
ret nvmlDeviceGetRemappedRows(Device *d, u32 *corrected, u32 *uncorrected, u32 *pending, u32 *failed) {
    double a, b, p, f;
    ENTER(d);
    if (plain(d->card, "mig", 0) > 0) return NOT_SUPPORTED;
    CALL(number(d->card, "remapped_corrected", 0, &a));
    CALL(number(d->card, "remapped_uncorrected", 0, &b));
    CALL(number(d->card, "remap_pending", 0, &p));
    CALL(number(d->card, "remap_failed", 0, &f));
    *corrected = (u32)a, *uncorrected = (u32)b, *pending = (u32)p, *failed = (u32)f;
    return OK;
}
ret nvmlDeviceGetRetiredPages(Device *d, u32 cause, u32 *count, u64 *pages) {
    (void)cause;
    (void)pages;
    ENTER(d);
    *count = 0;
    return OK;
}
static int links(Device *d) { int n = (int)plain(d->card, "links", 18); return n > LINKS ? LINKS : n; }
static double link_value(Device *d, u32 link, const char *name, double otherwise) {
    char key[40];
    double all = plain(d->card, name, otherwise);
    snprintf(key, sizeof key, "link.%u.%s", link, name + 5);
    return plain(d->card, key, all);
}
ret nvmlDeviceGetNvLinkState(Device *d, u32 link, u32 *out) {
    ENTER(d);
    if (!links(d)) return NOT_SUPPORTED;
    if ((int)link >= links(d)) return INVALID;
    *out = (u32)link_value(d, link, "link_up", 1);
    return OK;
}
ret nvmlDeviceGetNvLinkErrorCounter(Device *d, u32 link, u32 counter, u64 *out) {
    static const char *names[] = {"link_replay", "link_recovery", "link_crc", "link_crc_data"};
    ENTER(d);
    if (!links(d)) return NOT_SUPPORTED;
    if ((int)link >= links(d) || counter > 3) return INVALID;
    *out = (u64)link_value(d, link, names[counter], 0);
    return OK;
}

typedef struct {
    u32 field, scope;
    long long at, latency;
    u32 kind;
    ret code;
    union { double d; u32 u; u64 ull; long long sll; } value;
} Field;

static ret field_of(Device *d, u32 field, u32 scope, double *value, u32 *kind) {
    static const struct { u32 id, kind; const char *name; double otherwise; } known[] = {
        {29, 1, "retired_single", 0}, {30, 1, "retired_double", 0}, {31, 1, "retired_pending", 0},
        {74, 3, "throttled_power", 0}, {75, 3, "throttled_thermal", 0}, {82, 1, "memory_temperature", 45},
        {94, 1, "pcie_replays", 0}, {142, 1, "remapped_corrected", 0}, {143, 1, "remapped_uncorrected", 0},
        {144, 1, "remap_pending", 0}, {145, 1, "remap_failed", 0},
#ifndef OLD_DRIVER
        {186, 1, "power_instant", 70000}, {197, 3, "pcie_sent", 0}, {198, 3, "pcie_received", 0}, {230, 1, "recovery", 0},
        {269, 3, "throttled_software", 0}, {270, 3, "throttled_hardware", 0}, {271, 3, "throttled_brake", 0},
#endif
    };
    static const char *link_names[] = {"link_replay", "link_recovery", "link_crc"};
    char key[32];
    size_t i;
    *kind = 1;
    snprintf(key, sizeof key, "field.%u", field);
    CALL(number(d->card, key, -1, value));
    if (*value >= 0) return OK;
    if (field == 91) { *value = links(d); return OK; }
#ifndef OLD_DRIVER
    if (field >= 161 && field <= 163) {
        if ((int)scope >= links(d)) return INVALID;
        *kind = 3;
        *value = link_value(d, scope, link_names[field - 161], 0);
        return OK;
    }
#else
    (void)link_names, (void)scope;
#endif
    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].id == field) {
            *kind = known[i].kind;
            return number(d->card, known[i].name, known[i].otherwise, value);
        }
    return NOT_SUPPORTED;
}
ret nvmlDeviceGetFieldValues(Device *d, int count, Field *fields) {
    int i;
    ENTER(d);
    for (i = 0; i < count; i++) {
        double value = 0;
        fields[i].code = field_of(d, fields[i].field, fields[i].scope, &value, &fields[i].kind);
        fields[i].value.ull = 0;
        if (fields[i].kind == 3) fields[i].value.ull = (u64)value;
        else fields[i].value.u = (u32)value;
    }
    return OK;
}

typedef struct { u64 reference, violation; } Violation;
ret nvmlDeviceGetViolationStatus(Device *d, u32 policy, Violation *out) {
    double value;
    ENTER(d);
    if (policy > 1) return NOT_SUPPORTED;
    CALL(number(d->card, policy ? "throttled_thermal" : "throttled_power", 0, &value));
    *out = (Violation){1, (u64)value};
    return OK;
}

#ifndef OLD_DRIVER
typedef struct { unsigned char cluster[16]; ret status; u32 clique; unsigned char state; } Fabric1;
typedef struct { u32 version; unsigned char cluster[16]; ret status; u32 clique; unsigned char state; u32 health; } Fabric2;
/* What lies between a state of one byte and the next field is left as it was found: here, never as zeros. */
static ret fabric_of(Device *d, ret *status, unsigned char *state) {
    double a, b;
    CALL(number(d->card, "fabric", 3, &a));
    CALL(number(d->card, "fabric_status", 0, &b));
    memset(state, 0xaa, 4);
    *state = (unsigned char)a, *status = (ret)b;
    return OK;
}
ret nvmlDeviceGetGpuFabricInfo(Device *d, Fabric1 *out) { ENTER(d); return fabric_of(d, &out->status, &out->state); }
ret nvmlDeviceGetGpuFabricInfoV(Device *d, Fabric2 *out) {
    ENTER(d);
    if (out->version != (sizeof(Fabric2) | 2u << 24)) return VERSION;
    return fabric_of(d, &out->status, &out->state);
}
#endif

/* ---- MIG ---- */

ret nvmlDeviceGetMigMode(Device *d, u32 *current, u32 *pending) {
    double value;
    ENTER(d);
    WHOLE_CARD(d);
    CALL(number(d->card, "mig", 0, &value));
    *current = *pending = (u32)value;
    return OK;
}
ret nvmlDeviceGetMaxMigDeviceCount(Device *d, u32 *out) { ENTER(d); *out = PARTS - 1; return OK; }
ret nvmlDeviceGetMigDeviceHandleByIndex(Device *d, u32 index, Device **out) {
    Part part;
    ENTER(d);
    if (index >= PARTS || plain(d->card, "mig", 0) < 1 || !part_of(d->card, (int)index, &part)) return NOT_FOUND;
    *out = &devices[d->card][index + 1];
    return OK;
}
ret nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Device *d, Device **out) { ENTER(d); *out = &devices[d->card][0]; return OK; }
ret nvmlDeviceIsMigDeviceHandle(Device *d, u32 *out) { ENTER(d); *out = d->part > 0; return OK; }
static ret instance(Device *d, int compute, u32 *out) {
    Part part;
    if (!d->part) return NOT_SUPPORTED;
    if (!part_of(d->card, d->part - 1, &part)) return NOT_FOUND;
    *out = compute ? part.ci : part.gi;
    return OK;
}
ret nvmlDeviceGetGpuInstanceId(Device *d, u32 *out) { ENTER(d); return instance(d, 0, out); }
ret nvmlDeviceGetComputeInstanceId(Device *d, u32 *out) { ENTER(d); return instance(d, 1, out); }

/* ---- processes ---- */

typedef struct { u32 pid; u64 memory; u32 gi, ci; } Process2;
typedef struct { u32 pid; u64 memory; u32 gi, ci; u64 protected; } Process3;
typedef struct { u32 pid; u64 memory; } Process1;
typedef struct { u32 pid; u64 at; u32 sm, memory, encoder, decoder; } Use;

static int process_of(int card, const char *kind, int index, Process2 *out, u32 *util) {
    char key[32], value[120], memory[40] = "";
    snprintf(key, sizeof key, "%s.%d", kind, index);
    *out = (Process2){0, 0, 0xffffffffu, 0xffffffffu};
    *util = 0;
    if (!text(card, key, value)) return 0;
    if (sscanf(value, "%u %39s %u %u %u", &out->pid, memory, util, &out->gi, &out->ci) < 2) return 0;
    out->memory = strcmp(memory, "na") ? (u64)strtod(memory, NULL) : ~0ull;
    return 1;
}
static ret list(Device *d, const char *kind, u32 *count, void *out, int version) {
    Process2 found[PROCESSES], one;
    Part part;
    double unused;
    u32 n = 0, util;
    int i;
    CALL(number(d->card, "processes", 0, &unused));
    for (i = 0; i < PROCESSES && process_of(d->card, kind, i, &one, &util); i++)
        if (!d->part || (part_of(d->card, d->part - 1, &part) && part.gi == one.gi && part.ci == one.ci)) found[n++] = one;
    if (n > *count || (n && !out)) { *count = n; return SMALL; }
    for (i = 0; i < (int)n; i++) {
        if (version == 1) ((Process1 *)out)[i] = (Process1){found[i].pid, found[i].memory};
        else if (version == 3)
            ((Process3 *)out)[i] = (Process3){found[i].pid, found[i].memory, found[i].gi, found[i].ci, 0xdeadbeef};
        else ((Process2 *)out)[i] = found[i];
    }
    *count = n;
    return OK;
}
#define PROCESS_LIST(function, kind, version) \
    ret function(Device *d, u32 *count, void *out) { ENTER(d); return list(d, kind, count, out, version); }
PROCESS_LIST(nvmlDeviceGetComputeRunningProcesses, "process", 1)
PROCESS_LIST(nvmlDeviceGetGraphicsRunningProcesses, "graphics", 1)
#ifdef LONG_ROWS
enum { NEWEST = 3 };
typedef struct { u64 protected, unprotected; } Protected;
ret nvmlDeviceGetConfComputeMemSizeInfo(Device *d, Protected *out) { ENTER(d); *out = (Protected){0, 0}; return OK; }
#else
enum { NEWEST = 2 };
#endif
#ifndef OLD_DRIVER
PROCESS_LIST(nvmlDeviceGetComputeRunningProcesses_v2, "process", 2)
PROCESS_LIST(nvmlDeviceGetGraphicsRunningProcesses_v2, "graphics", 2)
PROCESS_LIST(nvmlDeviceGetMPSComputeRunningProcesses_v2, "mps", 2)
PROCESS_LIST(nvmlDeviceGetComputeRunningProcesses_v3, "process", NEWEST)
PROCESS_LIST(nvmlDeviceGetGraphicsRunningProcesses_v3, "graphics", NEWEST)
PROCESS_LIST(nvmlDeviceGetMPSComputeRunningProcesses_v3, "mps", NEWEST)
#endif

/* The ring of samples: "samples" of each process, the newest stamped now and told first, older ones 1 ms apart and of
 * utilisation 1; a process of utilisation 0 leaves none, as with the driver. */
ret nvmlDeviceGetProcessUtilization(Device *d, Use *out, u32 *count, u64 since) {
    Process2 process;
    u64 now = now_ms(CLOCK_REALTIME) * 1000;
    u32 n = 0, util, room = *count;
    int i, j, samples;
    ENTER(d);
    WHOLE_CARD(d);
    samples = (int)plain(d->card, "samples", 1);
    if (plain(d->card, "mig", 0) > 0) return NOT_SUPPORTED;
    if (now <= since) return NOT_FOUND;
    for (i = 0; i < PROCESSES && process_of(d->card, "process", i, &process, &util); i++) {
        for (j = 0; util && j < samples; j++, n++)
            if (out && n < room) out[n] = (Use){process.pid, now - (u64)j * 1000, j ? 1 : util, util / 2, 0, 0};
    }
    *count = n;
    if (!n) return NOT_FOUND;
    return !out || n > room ? SMALL : OK;
}

/* ---- events ---- */

typedef struct { u64 cards; int next; } Set;
typedef struct { Device *device; u64 type, data; u32 gi, ci; } Event2;
typedef struct { Device *device; u64 type, data; } Event1;

static int event_at(int index, int *card, u32 *code) {
    char key[32], value[120];
    snprintf(key, sizeof key, "xid.%d", index);
    return text(-1, key, value) && sscanf(value, "%d %u", card, code) == 2;
}
ret nvmlEventSetCreate(Set **out) {
    int card;
    u32 code;
    ENTER(NULL);
    if (!(*out = calloc(1, sizeof **out))) return UNKNOWN;
    while (event_at((*out)->next, &card, &code)) (*out)->next++;
    return OK;
}
ret nvmlEventSetFree(Set *set) { ENTER(NULL); free(set); return OK; }
ret nvmlDeviceGetSupportedEventTypes(Device *d, u64 *out) { ENTER(d); *out = 8; return OK; }
ret nvmlDeviceRegisterEvents(Device *d, u64 types, Set *set) {
    ENTER(d);
    if (types & ~8ull) return NOT_SUPPORTED;
    set->cards |= 1ull << d->card;
    return OK;
}
/* The driver sleeps until something happens; this looks ten times a second, which costs little beside a sample. */
static ret wait_for(Set *set, Event2 *out, u32 timeout) {
    u64 end = now_ms(CLOCK_MONOTONIC) + timeout;
    struct timespec slice = {0, 100000000};
    int card;
    u32 code;
    do {
        while (event_at(set->next, &card, &code)) {
            set->next++;
            if (card < 0 || card >= CARDS || !(set->cards >> card & 1)) continue;
            *out = (Event2){&devices[card][0], 8, code, 0xffffffffu, 0xffffffffu};
            return OK;
        }
        nanosleep(&slice, NULL);
    } while (now_ms(CLOCK_MONOTONIC) < end);
    return TIMEOUT;
}
#ifndef OLD_DRIVER
ret nvmlEventSetWait_v2(Set *set, Event2 *out, u32 timeout) { ENTER(NULL); return wait_for(set, out, timeout); }
#endif
ret nvmlEventSetWait(Set *set, Event1 *out, u32 timeout) {
    Event2 event;
    ENTER(NULL);
    CALL(wait_for(set, &event, timeout));
    *out = (Event1){event.device, event.type, event.data};
    return OK;
}
