import { kernelBytes } from './kernelBytes.ts'

/** Multiplies the query with rows of `stride` bytes, all at these places of one memory, until `end` of the products is reached. */
type Multiply = (query: number, rows: number, stride: number, products: number, end: number) => void

export interface Kernel {
  readonly float32: Multiply
  readonly int8: Multiply
  /** One product of a query at a place with a row at another, until `end`. */
  readonly float64: (query: number, row: number, end: number) => number
}

/** What is used of it; the types of Node hold less. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Instance: new (module: object, imports: object) => { readonly exports: Kernel }
}

/** What makes memories with kernel.wat over them; absent where there is no WebAssembly, or none with SIMD. */
export function compileKernel(): ((bytes: number) => { buffer: ArrayBuffer; kernel: Kernel } | undefined) | undefined {
  try {
    const module = new WebAssembly.Module(Uint8Array.from(atob(kernelBytes), (character) => character.charCodeAt(0)))
    return (bytes) => instantiate(module, bytes)
  } catch {
    return undefined
  }
}

/** Absent where a process may not have the addresses, of which WebAssembly takes far more than bytes. */
function instantiate(module: object, bytes: number): { buffer: ArrayBuffer; kernel: Kernel } | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536) })
    return { buffer: memory.buffer, kernel: new WebAssembly.Instance(module, { part: { memory } }).exports }
  } catch {
    return undefined
  }
}
