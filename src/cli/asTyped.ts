/** `failOn`, as yargs gives it too, is `fail-on`. */
export function asTyped(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
