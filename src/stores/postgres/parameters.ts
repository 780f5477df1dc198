/** The values of a statement that is put together; only their places and types stand in its text. */
export interface Parameters {
  readonly values: readonly unknown[]
  /** Gives what stands for the value in the statement. */
  readonly add: (value: unknown, type: string) => string
}

export function createParameters(): Parameters {
  const values: unknown[] = []
  return { values, add: (value, type) => `$${values.push(value)}::${type}` }
}
