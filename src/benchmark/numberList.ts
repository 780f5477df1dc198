/** Numbers in 8 bytes each, as many as come. */
export interface NumberList {
  add(value: number): void
  /** A copy, ascending. */
  sorted(): Float64Array
}

const firstLength = 64

export function createNumberList(): NumberList {
  let values = new Float64Array(firstLength)
  let length = 0
  return {
    add(value) {
      if (length === values.length) {
        const longer = new Float64Array(length * 2)
        longer.set(values)
        values = longer
      }
      values[length++] = value
    },
    sorted: () => values.slice(0, length).toSorted(),
  }
}
