/** Topic names and filters (MQTT 5, 4.7; the same in 3.1.1). No regular expression: names come from strangers. */

/** Bytes of a string or of binary data in a packet (MQTT 5, 1.5.4 and 1.5.6). */
const MAX_STRING_BYTES = 65535
/** A UTF-16 unit is at most three bytes of UTF-8, so that a shorter text needs no counting. */
const SURELY_SHORT = Math.floor(MAX_STRING_BYTES / 3)

const SLASH = 0x2f
const PLUS = 0x2b
const HASH = 0x23
const DOLLAR = 0x24

/** Whether a text, or bytes, are short enough for MQTT's length field of two bytes. */
export function isShortEnough(value: string | Uint8Array): boolean {
  return value.length <= SURELY_SHORT || Buffer.byteLength(value) <= MAX_STRING_BYTES
}

/** Whether a text can be published to: not empty, no wildcard, no NUL, at most 65535 bytes of well-formed UTF-8. */
export function isTopicName(text: string): boolean {
  if (text.length === 0 || !isShortEnough(text) || !text.isWellFormed()) return false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === PLUS || unit === HASH || unit === 0) return false
  }
  return true
}

function isFilterLevel(level: string, isLast: boolean): boolean {
  if (level === '+') return true
  if (level === '#') return isLast
  return !level.includes('+') && !level.includes('#') && !level.includes('\0')
}

/** Whether a text can be subscribed to: each wildcard a whole level, `#` only as the last. */
export function isTopicFilter(text: string): boolean {
  if (text.length === 0 || !isShortEnough(text) || !text.isWellFormed()) return false
  const levels = text.split('/')
  return levels.every((level, index) => isFilterLevel(level, index === levels.length - 1))
}

/** Where the level that starts at `from` ends. */
function endOfLevel(text: string, from: number): number {
  const slash = text.indexOf('/', from)
  return slash < 0 ? text.length : slash
}

/**
 * Whether a valid filter matches a valid topic name, level by level. `#` also matches the level above it, and no
 * wildcard at the start matches a topic that begins with `$` (MQTT 5, 4.7.2). Time is linear in both texts.
 */
export function matches(filter: string, topic: string): boolean {
  const first = filter.charCodeAt(0)
  if (topic.charCodeAt(0) === DOLLAR && (first === PLUS || first === HASH)) return false
  let inFilter = 0
  let inTopic = 0
  for (;;) {
    const filterEnd = endOfLevel(filter, inFilter)
    if (filter.charCodeAt(inFilter) === HASH) return true
    const topicEnd = endOfLevel(topic, inTopic)
    if (!levelMatches(filter, inFilter, filterEnd, topic, inTopic, topicEnd)) return false
    if (topicEnd === topic.length) return isParentOf(filter, filterEnd)
    if (filterEnd === filter.length) return false
    inFilter = filterEnd + 1
    inTopic = topicEnd + 1
  }
}

function levelMatches(
  filter: string,
  filterStart: number,
  filterEnd: number,
  topic: string,
  topicStart: number,
  topicEnd: number,
): boolean {
  if (filter.charCodeAt(filterStart) === PLUS) return true
  const length = filterEnd - filterStart
  return (
    length === topicEnd - topicStart && topic.startsWith(filter.slice(filterStart, filterEnd), topicStart)
  )
}

/** The topic has ended here: nothing of the filter may be left, save `/#`. */
function isParentOf(filter: string, end: number): boolean {
  return (
    end === filter.length ||
    (end === filter.length - 2 && filter.charCodeAt(end) === SLASH && filter.charCodeAt(end + 1) === HASH)
  )
}
