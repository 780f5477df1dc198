/** Resolves when the condition holds; fails by the time limit of the test. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** Resolves when the value has not changed for a while. */
export async function settled(value: () => number): Promise<number> {
  for (let before = -1; ; ) {
    const now = value()
    if (now === before) return now
    before = now
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
