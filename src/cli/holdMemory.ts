import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Memory for objects that are new, of which most are gone when it is full: larger, and the process only becomes larger. */
const enoughBytes = 24 * 1024 * 1024
const lookMs = 50

/** What is no longer used is looked for when there is as much again as was in use. V8 waits for up to four times as much. */
const growthPercent = 100

/**
 * Keeps a command that makes millions of short-lived objects from growing by 150 MiB: V8 gives such programs ever more memory for
 * new objects, up to 96 MiB, where a quarter of it is as fast; and those that lasted a little longer, as documents under way do, it leaves lying
 * for long, with the bytes that they hold.
 */
export function holdMemory(): void {
  // Like the factor below it is read each time.
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`)
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    if (young !== undefined && young.space_size < enoughBytes) return
    // A factor of growth, which is read each time: unlike the limit itself it may be set while the program runs.
    setFlagsFromString('--semi-space-growth-factor=1')
    clearInterval(timer)
  }, lookMs)
  timer.unref()
}
