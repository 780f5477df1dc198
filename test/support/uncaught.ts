/** What is thrown where nobody catches it, while `work` runs and a turn of the event loop after it: the test runner is not told. */
export async function uncaughtDuring(work: () => Promise<void>): Promise<unknown[]> {
  const listeners = process.listeners('uncaughtException')
  const caught: unknown[] = []
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => void caught.push(error))
  try {
    await work()
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
  return caught
}
