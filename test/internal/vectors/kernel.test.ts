import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { buildKernel } from '../../../scripts/buildKernel.ts'
import { compileKernel } from '../../../src/internal/vectors/kernel.ts'
import { createRows } from '../../../src/internal/vectors/rows.ts'
import { createVectorMatrix } from '../../../src/internal/vectors/vectorMatrix.ts'

describe('the kernel', () => {
  it('is what kernel.wat is assembled to', async () => {
    const file = new URL('../../../src/internal/vectors/kernelBytes.ts', import.meta.url)

    expect(readFileSync(file, 'utf8')).toBe(await buildKernel())
  })

  it('multiplies up to the end of the products and writes nothing behind it', () => {
    const { buffer, kernel } = compileKernel()!(65_536)!
    const numbers = new Float32Array(buffer).fill(1, 0, 16 * 4)
    kernel.float32(0, 64, 64, 1024, 1024 + 8)

    expect([...numbers.subarray(256, 259)]).toEqual([16, 16, 0])
  })
})

describe('without the kernel', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })
  /** Called with `new`, it fails. */
  const fail = (error: Error) =>
    function failing() {
      throw error
    }
  const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: Record<string, unknown> }).WebAssembly

  it.each([
    ['there is no WebAssembly', undefined],
    ['it has no SIMD', { Module: fail(new TypeError('CompileError: wasm SIMD unsupported')), Memory, Instance }],
    ['there is no room for its memories', { Module, Memory: fail(new RangeError('could not allocate memory')), Instance }],
  ])('the same is found in plain JavaScript, when %s', (_, broken) => {
    const embeddings = Array.from({ length: 200 }, (_row, row) => Float32Array.from({ length: 70 }, (_value, index) => Math.sin(row * 71 + index)))
    const found = () => {
      const matrix = createVectorMatrix({ int8AboveBytes: 0 })
      for (const [row, embedding] of embeddings.entries()) matrix.add(row, embedding)
      return matrix.search(embeddings[7]!, 20)
    }
    const byKernel = found()
    vi.stubGlobal('WebAssembly', broken)

    expect(createRows('float32', 3).simd).toBe(broken !== undefined && broken.Module === Module)
    expect(found()).toEqual(byKernel)
  })
})
