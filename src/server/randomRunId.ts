/** Cannot be guessed: who knows it may watch and stop the run. */
export function randomRunId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
