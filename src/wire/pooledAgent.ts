import type { Dispatcher } from 'undici'

/** Where connections are kept and reused. */
export type { Dispatcher } from 'undici'

/**
 * A pool of its own, with undici's settings: as many connections as requests, kept for 4 seconds when idle, 10 seconds to connect.
 * Idle connections do not keep the process alive. undici takes a tenth of a second to load, so it is loaded here.
 */
export async function pooledAgent(): Promise<Dispatcher> {
  const { Agent } = await import('undici')
  return new Agent()
}
