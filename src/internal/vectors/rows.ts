import { compileKernel } from './kernel.ts'

/** Rows of numbers of one length, and their dot products with a query. */
export interface Rows {
  /** Products come from WebAssembly's SIMD; else from plain JavaScript. */
  readonly simd: boolean
  readonly rowsPerPart: number
  /** The numbers of a row, to be read and written. */
  at(row: number): Float32Array | Int8Array
  /** Of rows `first` up to `end`, which lie in one part; there until the next call, with numbers of before behind them. The same object is the same query. */
  products(query: ArrayLike<number>, first: number, end: number): Float32Array | Int32Array
}

export interface FloatRows extends Rows {
  /**
   * The product of one row with a query, in 64-bit floats, which numbers of 32 bits never leave; the additions in one order, so that with the kernel and without it
   * is the same. The same object is the same query.
   */
  exactly(query: Float64Array, row: number): number
}

const kinds = {
  /** Rounded as 32-bit floats are, in any order. */
  float32: { Row: Float32Array, Query: Float32Array, Product: Float32Array },
  /** Exact while they fit into 32 bits. */
  int8: { Row: Int8Array, Query: Int16Array, Product: Int32Array },
}

interface Part {
  /** What `query` was set from, and `exactQuery`. */
  asked?: ArrayLike<number>
  askedExactly?: Float64Array
  /** Empty where rows are not of floats. */
  readonly exactQuery: Float64Array
  readonly query: Float32Array | Int16Array
  readonly rows: Float32Array | Int8Array
  readonly products: Float32Array | Int32Array
  multiply(first: number, count: number): void
  multiplyExactly(row: number): number
}

/** What one call of the kernel sees. The system gives memory to what is written to only, so an almost empty part is small. */
const partBytes = 8 * 2 ** 20

/** Rows lie in parts that never move nor grow, so they are held once, also while more come, and may be more than one memory of WebAssembly holds. */
export function createRows(kind: 'float32', dimensions: number, wantsSimd?: boolean): FloatRows
export function createRows(kind: 'int8', dimensions: number, wantsSimd?: boolean): Rows
export function createRows(kind: keyof typeof kinds, dimensions: number, wantsSimd = true): FloatRows {
  const { Row, Query, Product } = kinds[kind]
  // The kernel takes 64 bytes at a time. What is behind a row's numbers, and the query's, stays zero.
  const stride = Math.ceil((dimensions * Row.BYTES_PER_ELEMENT) / 64) * 64
  const length = stride / Row.BYTES_PER_ELEMENT
  const queryAt = kind === 'float32' ? length * Float64Array.BYTES_PER_ELEMENT : 0
  const rowsAt = queryAt + length * Query.BYTES_PER_ELEMENT
  const rowsPerPart = Math.max(1, Math.floor((partBytes - rowsAt) / (stride + 4)))
  const productsAt = rowsAt + rowsPerPart * stride
  const bytes = productsAt + rowsPerPart * 4
  const allocate = wantsSimd ? compileKernel() : undefined
  const parts: Part[] = []

  const createPart = (): Part => {
    const { buffer, kernel } = allocate?.(bytes) ?? { buffer: new ArrayBuffer(bytes), kernel: undefined }
    const exactQuery = new Float64Array(buffer, 0, queryAt / Float64Array.BYTES_PER_ELEMENT)
    const query = new Query(buffer, queryAt, length)
    const rows = new Row(buffer, rowsAt, rowsPerPart * length)
    const products = new Product(buffer, productsAt, rowsPerPart)
    const multiplyAll = kernel?.[kind]
    return {
      exactQuery,
      query,
      rows,
      products,
      multiply(first, count) {
        if (multiplyAll === undefined) multiplyPlainly(query, rows, products, first, count)
        else multiplyAll(queryAt, rowsAt + first * stride, stride, productsAt, productsAt + count * 4)
      },
      multiplyExactly(row) {
        const start = rowsAt + row * stride
        return kernel === undefined ? sumOf(exactQuery, rows, row) : kernel.float64(0, start, start + stride)
      },
    }
  }
  const partOf = (row: number): Part => (parts[Math.floor(row / rowsPerPart)] ??= createPart())

  return {
    simd: allocate !== undefined,
    rowsPerPart,
    at(row) {
      const start = (row % rowsPerPart) * length
      return partOf(row).rows.subarray(start, start + dimensions)
    },
    products(query, first, end) {
      const part = partOf(first)
      if (part.asked !== query) part.query.set(query)
      part.asked = query
      part.multiply(first % rowsPerPart, end - first)
      return part.products
    },
    exactly(query, row) {
      const part = partOf(row)
      if (part.askedExactly !== query) part.exactQuery.set(query)
      part.askedExactly = query
      return part.multiplyExactly(row % rowsPerPart)
    },
  }
}

function multiplyPlainly(query: Part['query'], rows: Part['rows'], products: Part['products'], first: number, count: number): void {
  for (let row = 0; row < count; row++) products[row] = sumOf(query, rows, first + row)
}

/** Four sums at once, as in kernel.wat: one chain of additions would wait for itself. */
function sumOf(query: Part['query'] | Float64Array, rows: Part['rows'], row: number): number {
  const start = row * query.length
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let index = 0; index < query.length; index += 4) {
    a += rows[start + index]! * query[index]!
    b += rows[start + index + 1]! * query[index + 1]!
    c += rows[start + index + 2]! * query[index + 2]!
    d += rows[start + index + 3]! * query[index + 3]!
  }
  return a + b + c + d
}
