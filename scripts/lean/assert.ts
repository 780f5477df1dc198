// Stands for `node:assert` in the bundle: yargs calls these two, and the whole module costs 7 ms of every start.
export function strictEqual(actual: unknown, expected: unknown, message?: string): void {
  if (!Object.is(actual, expected)) throw new Error(message ?? 'Expected equal values')
}

export function notStrictEqual(actual: unknown, expected: unknown, message?: string): void {
  if (Object.is(actual, expected)) throw new Error(message ?? 'Expected different values')
}
