/** Resolves once everything that can happen without time passing has happened. */
export async function settledTurns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
