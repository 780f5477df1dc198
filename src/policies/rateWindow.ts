/** One entry of the window. */
export interface Spent {
  tokens: number
  readonly requests: number
  readonly at: number
}

/** What was sent in the last minute. */
export interface RateWindow {
  /** Milliseconds until a request of so many tokens fits; 0 when it does. */
  waitMs(tokens: number, now: number): number
  spend(tokens: number, now: number): Spent
  /** What turns out to be less frees its room at once; what is more counts from now on, when it is known. */
  correct(spent: Spent, change: number, now: number): void
}

/**
 * A minute and a little: two requests that we send a minute apart may reach the server somewhat closer, and a whole burst
 * that waited for the minute to pass would be refused.
 */
const windowMs = 60_500

/**
 * A sliding window: in no minute is more sent than allowed, wherever the minute begins.
 *
 * Memory: an entry for each request of the last minute, so at most `requestsPerMinute`, or else one a token.
 */
export function createRateWindow(requestsPerMinute: number, tokensPerMinute: number): RateWindow {
  let log: Spent[] = []
  /** Entries before it have left the window. */
  let first = 0
  let requests = 0
  let tokens = 0
  const isLimited = requestsPerMinute !== Infinity || tokensPerMinute !== Infinity

  const isGone = (spent: Spent, now: number) => spent.at + windowMs <= now
  const forget = (now: number) => {
    for (let oldest = log[first]; oldest && isGone(oldest, now); oldest = log[first]) {
      requests -= oldest.requests
      tokens -= oldest.tokens
      first++
    }
    // Moving the rest to the front costs as much as what is thrown away.
    if (first <= 1024 || first * 2 <= log.length) return
    log = log.slice(first)
    first = 0
  }
  const add = (spent: Spent) => {
    if (!isLimited) return spent
    log.push(spent)
    requests += spent.requests
    tokens += spent.tokens
    return spent
  }

  return {
    waitMs(wanted, now) {
      forget(now)
      let [freeRequests, freeTokens] = [requestsPerMinute - requests, tokensPerMinute - tokens]
      if (freeRequests >= 1 && freeTokens >= wanted) return 0
      for (let index = first; index < log.length; index++) {
        const spent = log[index]
        if (!spent) break
        freeRequests += spent.requests
        freeTokens += spent.tokens
        if (freeRequests >= 1 && freeTokens >= wanted) return Math.max(1, Math.ceil(spent.at + windowMs - now))
      }
      return windowMs
    },
    spend: (wanted, now) => add({ tokens: wanted, requests: 1, at: now }),
    correct(spent, change, now) {
      forget(now)
      if (change > 0) {
        add({ tokens: change, requests: 0, at: now })
      } else if (!isGone(spent, now)) {
        const less = Math.min(-change, spent.tokens)
        tokens -= less
        spent.tokens -= less
      }
    },
  }
}
