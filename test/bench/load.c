/*
 * The load generator of the benchmark: many CoAP devices in one process, in C because a generator in Node would cost
 * as much as the server that it measures.
 *
 *   load MODE PORT DEVICES WINDOW [CREDIT_PORT]
 *
 * MODE  post      confirmable POST /bench with 20 bytes, each answered
 *       register  confirmable Register, each time with the next of many endpoint names
 *       con, non  registers, is observed, and sends notifications
 *       device    registers, and answers GET
 *       stay      registers, is observed, and then updates and notifies in time for a lifetime of a minute
 *       echo      no generator at all: a server that sends back what it gets, to measure the generator itself
 *
 * Each device has an address of its own: one of 500 ports and, where there are more devices, one of many addresses in
 * 127.0.0.0/8. A closed loop: never more than WINDOW messages without an answer, taken from the devices in turn. What a
 * NON notification comes to is told by the sink of the publications, in datagrams of CREDIT_PORT that hold its count.
 *
 * Commands on standard input, answers as JSON lines on standard output: `go`, `pause`, `mark`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_DEVICES = 200000, MOST_SOCKETS = 500, EVENTS = 256, NAMES = 20000, BATCH = 64 };
/* Steps through the devices, far enough that no two in a row lie together in the server's memory; prime. */
enum { STRIDE = 7919 };
enum { CON = 0, NON = 1, ACK = 2 };
enum { GET = 0x01, POST = 0x02, CREATED = 0x41, CHANGED = 0x44, CONTENT = 0x45 };
/* Microseconds after which a message counts as lost, and those for a device that has time (RFC 7252, 4.8: ACK_TIMEOUT). */
enum { PATIENCE = 1000000, LONG_PATIENCE = 3000000 };
/* Seconds for which a device registers that has to stay, and microseconds between its updates. */
#define SHORT_LIFETIME "lt=60"
enum { UPDATE_AFTER = 40000000 };

typedef enum { MODE_POST, MODE_REGISTER, MODE_CON, MODE_NON, MODE_DEVICE, MODE_STAY } Mode;

typedef struct {
  uint16_t id;        /* of the last message */
  uint16_t port;      /* where the server sent its Observe from, in network order */
  uint32_t sequence;  /* of the last notification */
  uint8_t token[8];   /* of the observation */
  uint8_t token_length, is_registered, is_observed, is_pending, is_updating;
  char location[20];  /* last segment of its registration's path */
  int64_t sent_at;
  int64_t due_at;     /* of its next update */
} Device;

static Mode mode;
static struct sockaddr_in server;
static Device devices[MOST_DEVICES];
static int sockets[MOST_SOCKETS];
static int device_count, socket_count, window, in_flight, cursor, standing, credit_fd = -1, is_running, is_ready, names;
static uint64_t sent, completed, lost, wrong, credit, credit_base;
static int64_t now, progress_at, busy;

static void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t microseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int open_socket(uint32_t host) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("socket");
  return fd;
}

/* While it runs it never sleeps: to wake it would cost the server more than the datagram. So its load is the time in
 * which it had something to do. */
static void mark(void) {
  printf("{\"at\":%lld,\"cpu\":%lld,\"sent\":%llu,\"completed\":%llu,\"lost\":%llu,\"wrong\":%llu}\n",
         (long long)microseconds(), (long long)busy, (unsigned long long)sent, (unsigned long long)completed,
         (unsigned long long)lost, (unsigned long long)wrong);
  fflush(stdout);
}

/* Takes what stands on standard input; its end is ours. */
static void command(void) {
  char text[256];
  ssize_t length = read(STDIN_FILENO, text, sizeof text - 1);
  if (length <= 0) exit(0);
  text[length] = 0;
  for (char *word = strtok(text, "\n"); word != NULL; word = strtok(NULL, "\n")) {
    if (strcmp(word, "mark") == 0) mark();
    else {
      is_running = strcmp(word, "go") == 0;
      progress_at = microseconds();
    }
  }
}

/* What woke the loop: a socket by its place, or one of these. */
enum { INPUT = -1, CREDIT = -2 };

/* ---- messages ---- */

static uint8_t *header(uint8_t *at, int type, int code, uint16_t id, const uint8_t *token, int token_length) {
  *at++ = 0x40 | type << 4 | token_length;
  *at++ = code;
  *at++ = id >> 8;
  *at++ = id;
  memcpy(at, token, token_length);
  return at + token_length;
}

static uint8_t *option(uint8_t *at, int delta, const char *value) {
  int length = strlen(value);
  *at++ = delta << 4 | (length < 13 ? length : 13);
  if (length >= 13) *at++ = length - 13;
  memcpy(at, value, length);
  return at + length;
}

static uint8_t *payload(uint8_t *at, const char *text) {
  int length = strlen(text);
  *at++ = 0xff;
  memcpy(at, text, length);
  return at + length;
}

static int write_post(uint8_t *bytes, Device *device) {
  uint8_t *at = header(bytes, CON, POST, ++device->id, device->token, 4);
  at = option(at, 11, "bench");
  return payload(at, "twenty bytes of data") - bytes;
}

static int write_register(uint8_t *bytes, Device *device, int name) {
  char endpoint[32];
  snprintf(endpoint, sizeof endpoint, "ep=urn:bench:%06d", name);
  uint8_t *at = header(bytes, CON, POST, ++device->id, device->token, 4);
  at = option(at, 11, "rd");
  at = option(at, 1, "\x28");
  at = option(at, 3, endpoint);
  at = option(at, 0, mode == MODE_STAY ? SHORT_LIFETIME : "lt=86400");
  at = option(at, 0, "lwm2m=1.1");
  at = option(at, 0, "b=U");
  return payload(at, "</1/0>,</3/0>,</3303/0>") - bytes;
}

static int write_update(uint8_t *bytes, Device *device) {
  uint8_t *at = header(bytes, CON, POST, ++device->id, device->token, device->token_length);
  at = option(at, 11, "rd");
  return option(at, 0, device->location) - bytes;
}

/* A value of /3303/0/5700 as text, with a sequence number if it is a notification or founds an observation. */
static int write_value(uint8_t *bytes, Device *device, int type, uint16_t id, int is_observe) {
  char text[32];
  uint32_t sequence = ++device->sequence & 0xffffff;
  snprintf(text, sizeof text, "%u.%03u", sequence / 1000 % 50, sequence % 1000);
  uint8_t *at = header(bytes, type, CONTENT, id, device->token, device->token_length);
  if (is_observe) {
    *at++ = 0x63;
    *at++ = sequence >> 16;
    *at++ = sequence >> 8;
    *at++ = sequence;
  }
  *at++ = is_observe ? 0x60 : 0xc0; /* Content-Format 0 */
  return payload(at, text) - bytes;
}

/* ---- addresses ---- */

/* With more devices than sockets, each socket stands for one device at each of several addresses. */
static int is_spread(void) { return device_count > socket_count; }

static uint32_t host_of(const Device *device) { return INADDR_LOOPBACK + (device - devices) / socket_count; }

static Device *device_at(int socket, uint32_t host) {
  uint32_t index = (host - INADDR_LOOPBACK) * socket_count + socket;
  return index < (uint32_t)device_count ? &devices[index] : NULL;
}

/* Room for the one address that goes along with a datagram. */
typedef union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
} Control;

static void transmit(const Device *device, uint8_t *bytes, int length) {
  struct sockaddr_in to = server;
  struct iovec vector = {bytes, length};
  struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &vector, .msg_iovlen = 1};
  Control control = {0};
  if (device->port != 0) to.sin_port = device->port;
  if (is_spread()) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.header = (struct cmsghdr){CMSG_LEN(sizeof(struct in_pktinfo)), IPPROTO_IP, IP_PKTINFO};
    ((struct in_pktinfo *)CMSG_DATA(&control.header))->ipi_spec_dst.s_addr = htonl(host_of(device));
  }
  if (sendmsg(sockets[(device - devices) % socket_count], &message, 0) < 0 && errno != EAGAIN) fail("sendmsg");
}

/* Takes one datagram; where it was sent to tells whose it is. */
static Device *take_datagram(int socket, uint8_t *bytes, ssize_t *length, struct sockaddr_in *from) {
  struct iovec vector = {bytes, 1500};
  struct msghdr message = {.msg_name = from, .msg_namelen = sizeof *from, .msg_iov = &vector, .msg_iovlen = 1};
  Control control;
  if (is_spread()) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
  }
  *length = recvmsg(sockets[socket], &message, 0);
  if (*length < 0) return NULL;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL) return device_at(socket, INADDR_LOOPBACK);
  return device_at(socket, ntohl(((struct in_pktinfo *)CMSG_DATA(header))->ipi_addr.s_addr));
}

/* ---- devices ---- */

static void register_device(Device *device) {
  uint8_t bytes[256];
  transmit(device, bytes, write_register(bytes, device, device - devices));
  device->sent_at = now;
}

/* Keeps the last segment of the Location-Path, which stands behind `rd`. */
static void take_location(Device *device, const uint8_t *bytes, ssize_t length) {
  int at = 4 + (bytes[0] & 0x0f) + 3;
  int size = at < length ? bytes[at] : 0;
  if (size >= (int)sizeof device->location || at + 1 + size > length) return;
  memcpy(device->location, bytes + at + 1, size);
  device->location[size] = 0;
  device->is_registered = 1;
}

/* Answers a GET; an Observe is remembered, and notifications go from then on to where it came from. */
static void answer(Device *device, const uint8_t *request, const struct sockaddr_in *from) {
  uint8_t bytes[256];
  int is_observe = mode != MODE_DEVICE && !device->is_observed;
  device->token_length = request[0] & 0x0f;
  memcpy(device->token, request + 4, device->token_length);
  device->port = from->sin_port;
  transmit(device, bytes, write_value(bytes, device, ACK, request[2] << 8 | request[3], is_observe));
  device->is_observed |= is_observe;
  if (is_running) completed++;
}

/* Whether an answer is the one that belongs to the last message. */
static int is_right(const Device *device, const uint8_t *bytes, ssize_t length) {
  if (length < 4 || (bytes[2] << 8 | bytes[3]) != device->id) return 0;
  if (device->is_updating) return bytes[1] == CHANGED;
  if (mode == MODE_CON || mode == MODE_STAY) return bytes[0] == 0x60 && bytes[1] == 0;
  if (mode == MODE_REGISTER) return bytes[1] == CREATED;
  return mode == MODE_POST;
}

static void take_answer(Device *device, const uint8_t *bytes, ssize_t length) {
  if (!device->is_pending) return; /* it was given up */
  if (!is_right(device, bytes, length)) {
    wrong++;
    return;
  }
  device->is_pending = 0;
  in_flight--;
  completed++;
}

static void receive(int socket) {
  uint8_t bytes[1500];
  struct sockaddr_in from;
  ssize_t length;
  Device *device = take_datagram(socket, bytes, &length, &from);
  if (device == NULL) return;
  progress_at = now;
  if (length >= 4 && bytes[1] == GET) answer(device, bytes, &from);
  else if (length >= 4 && bytes[1] == CREATED && !is_ready) take_location(device, bytes, length);
  else take_answer(device, bytes, length);
}

static void take_credit(void) {
  uint64_t count;
  while (recv(credit_fd, &count, sizeof count, 0) == sizeof count) credit = count;
  if (!is_running && !is_ready) return;
  uint64_t total = credit - credit_base;
  if (total > completed) {
    completed = total;
    progress_at = now;
  }
  in_flight = sent - lost > completed ? (int)(sent - lost - completed) : 0;
}

static int write_next(uint8_t *bytes, Device *device) {
  if (device->is_updating) return write_update(bytes, device);
  if (mode == MODE_POST) return write_post(bytes, device);
  if (mode == MODE_REGISTER) return write_register(bytes, device, names++ % NAMES);
  return write_value(bytes, device, mode == MODE_NON ? NON : CON, ++device->id, 1);
}

static void send_next(Device *device) {
  uint8_t bytes[256];
  transmit(device, bytes, write_next(bytes, device));
  device->is_pending = mode != MODE_NON;
  device->sent_at = now;
  in_flight++;
  sent++;
}

static void give_up(Device *device) {
  device->is_pending = 0;
  in_flight--;
  lost++;
}

/* Nothing has come for too long: begins anew. */
static void give_up_all(void) {
  for (int index = 0; index < device_count; index++) devices[index].is_pending = 0;
  lost += in_flight;
  in_flight = 0;
  progress_at = now;
}

/* Fills the window, one device after the other. */
static void fill(void) {
  if (now - progress_at > PATIENCE) give_up_all();
  for (int looked = 0; looked < device_count && in_flight < window; looked++) {
    Device *device = &devices[cursor];
    cursor = (cursor + STRIDE) % device_count;
    if (device->is_pending && now - device->sent_at > PATIENCE) give_up(device);
    if (!device->is_pending) send_next(device);
  }
}

/* One device a call: an update when it is time for one, a notification after it, and again what was lost. */
static void keep_up(void) {
  Device *device = &devices[cursor];
  cursor = (cursor + 1) % device_count;
  if (device->is_pending && now - device->sent_at <= LONG_PATIENCE) return;
  if (device->is_pending) give_up(device);
  else if (device->is_updating) device->is_updating = 0;
  else if (now < device->due_at) return;
  else {
    device->is_updating = 1;
    device->due_at = now + UPDATE_AFTER;
  }
  send_next(device);
}

static int stands(const Device *device) {
  return device->is_registered && (device->is_observed || mode == MODE_DEVICE);
}

/* Registers those that are not, a few at a time; ready when all stand and the sink has been silent for a while. */
static void prepare(void) {
  while (standing < device_count && stands(&devices[standing])) standing++;
  for (int index = standing, missing = 0; index < device_count && missing < BATCH; index++) {
    Device *device = &devices[index];
    if (stands(device)) continue;
    missing++;
    if (!device->is_registered && now - device->sent_at > PATIENCE) register_device(device);
  }
  if (standing < device_count || now - progress_at < PATIENCE / 3) return;
  credit_base = credit;
  is_ready = 1;
  printf("{\"ready\":true}\n");
  fflush(stdout);
}

/* The updates of a fleet that stays are spread over the time between two of one device. */
static void prepare_devices(void) {
  for (int index = 0; index < device_count; index++) {
    Device *device = &devices[index];
    device->id = index * 131;
    memcpy(device->token, &index, sizeof index);
    device->sent_at = -PATIENCE * 2LL;
    device->due_at = microseconds() + UPDATE_AFTER / device_count * (int64_t)index;
  }
}

static void open_sockets(int epoll) {
  int yes = 1;
  for (int index = 0; index < socket_count; index++) {
    int fd = sockets[index] = open_socket(is_spread() ? INADDR_ANY : INADDR_LOOPBACK);
    if (is_spread() && setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) < 0) fail("IP_PKTINFO");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = index};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
}

static void open_credit(int epoll, int port) {
  struct sockaddr_in sink = loopback(port);
  uint64_t hello = 0;
  credit_fd = open_socket(INADDR_LOOPBACK);
  if (connect(credit_fd, (struct sockaddr *)&sink, sizeof sink) < 0) fail("connect");
  if (send(credit_fd, &hello, sizeof hello, 0) < 0) fail("send");
  struct epoll_event event = {.events = EPOLLIN, .data.fd = CREDIT};
  epoll_ctl(epoll, EPOLL_CTL_ADD, credit_fd, &event);
}

static void dispatch(int source) {
  if (source == INPUT) command();
  else if (source == CREDIT) take_credit();
  else receive(source);
}

static void run(int credit_port) {
  struct epoll_event events[EVENTS], input = {.events = EPOLLIN, .data.fd = INPUT};
  int epoll = epoll_create1(0);
  epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
  is_ready = mode == MODE_POST || mode == MODE_REGISTER;
  prepare_devices();
  open_sockets(epoll);
  if (credit_port > 0) open_credit(epoll, credit_port);
  if (is_ready) printf("{\"ready\":true}\n");
  fflush(stdout);
  for (;;) {
    int count = epoll_wait(epoll, events, EVENTS, is_running ? 0 : is_ready ? -1 : 20);
    now = microseconds();
    for (int index = 0; index < count; index++) dispatch(events[index].data.fd);
    if (!is_ready) prepare();
    else if (is_running && mode == MODE_STAY) keep_up();
    else if (is_running && mode != MODE_DEVICE) fill();
    if (count > 0) busy += microseconds() - now;
    else if (is_running) sched_yield(); /* the sink may stand on this core as well */
  }
}

/* ---- the trivial server ---- */

static void echo(void) {
  static uint8_t bytes[BATCH][1500];
  static struct sockaddr_in from[BATCH];
  static struct iovec vectors[BATCH];
  static struct mmsghdr messages[BATCH];
  struct sockaddr_in address;
  socklen_t address_length = sizeof address;
  int epoll = epoll_create1(0), fd = open_socket(INADDR_LOOPBACK), size = 4 << 20;
  struct epoll_event events[2], input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
  struct epoll_event datagrams = {.events = EPOLLIN, .data.fd = fd};
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &datagrams);
  getsockname(fd, (struct sockaddr *)&address, &address_length);
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int ready = epoll_wait(epoll, events, 2, -1);
    now = microseconds();
    for (int index = 0; index < ready; index++) if (events[index].data.fd == STDIN_FILENO) command();
    for (int index = 0; index < BATCH; index++) {
      vectors[index] = (struct iovec){bytes[index], sizeof bytes[index]};
      messages[index].msg_hdr = (struct msghdr){&from[index], sizeof from[index], &vectors[index], 1, NULL, 0, 0};
    }
    int count = recvmmsg(fd, messages, BATCH, 0, NULL);
    for (int index = 0; index < count; index++) vectors[index].iov_len = messages[index].msg_len;
    if (count > 0) sendmmsg(fd, messages, count, 0);
    busy += microseconds() - now;
  }
}

static Mode mode_named(const char *name) {
  static const char *const names[] = {"post", "register", "con", "non", "device", "stay"};
  for (int index = 0; index < 6; index++) if (strcmp(name, names[index]) == 0) return index;
  errno = EINVAL;
  fail(name);
  return 0;
}

int main(int count, char **arguments) {
  if (count > 1 && strcmp(arguments[1], "echo") == 0) echo();
  if (count < 5) {
    fprintf(stderr, "usage: load MODE PORT DEVICES WINDOW [CREDIT_PORT]\n");
    return 2;
  }
  mode = mode_named(arguments[1]);
  server = loopback(atoi(arguments[2]));
  device_count = atoi(arguments[3]);
  window = atoi(arguments[4]);
  if (device_count < 1 || device_count > MOST_DEVICES) return 2;
  socket_count = device_count < MOST_SOCKETS ? device_count : MOST_SOCKETS;
  run(count > 5 ? atoi(arguments[5]) : 0);
}
