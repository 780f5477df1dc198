import { compileKernel } from './kernel.ts'

/** Dot products in 64-bit floats, which numbers of 32 bits never leave; the additions in one order, so that all give the same. */
export interface ExactDot {
  /** What rows are multiplied with from here on. */
  ask(query: Float64Array): void
  of(row: Float32Array): number
}

/** @param wantsSimd `false`: plain JavaScript, as where WebAssembly has no SIMD. */
export function createExactDot(dimensions: number, wantsSimd = true): ExactDot {
  // Four numbers at a time. What is behind the last one stays zero.
  const length = Math.ceil(dimensions / 4) * 4
  const rowAt = length * Float64Array.BYTES_PER_ELEMENT
  const end = rowAt + length * Float32Array.BYTES_PER_ELEMENT
  const { buffer, kernel } = (wantsSimd ? compileKernel()?.(end) : undefined) ?? { buffer: new ArrayBuffer(end), kernel: undefined }
  const query = new Float64Array(buffer, 0, length)
  const copy = new Float32Array(buffer, rowAt, length)
  return {
    ask: (asked) => query.set(asked),
    of(row) {
      copy.set(row)
      return kernel === undefined ? multiplyPlainly(copy, query) : kernel.float64(0, rowAt, end)
    },
  }
}

/** Four sums at once, as in kernel.wat: one chain of additions would wait for itself. */
function multiplyPlainly(row: Float32Array, query: Float64Array): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let index = 0; index < query.length; index += 4) {
    a += row[index]! * query[index]!
    b += row[index + 1]! * query[index + 1]!
    c += row[index + 2]! * query[index + 2]!
    d += row[index + 3]! * query[index + 3]!
  }
  return a + b + c + d
}
