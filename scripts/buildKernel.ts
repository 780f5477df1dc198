/** Assembles src/internal/vectors/kernel.wat and writes kernelBytes.ts beside it; a test holds the two together. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import loadWabt from 'wabt'

const inSource = (name: string) => fileURLToPath(new URL(`../src/internal/vectors/${name}`, import.meta.url))

/** The text of kernelBytes.ts. */
export async function buildKernel(): Promise<string> {
  const { parseWat } = await loadWabt()
  const { buffer } = parseWat('kernel.wat', readFileSync(inSource('kernel.wat'), 'utf8'), { simd: true }).toBinary({})
  return `/** What scripts/buildKernel.ts made of kernel.wat: a WebAssembly module, in base64. */\nexport const kernelBytes =\n  '${Buffer.from(buffer).toString('base64')}'\n`
}

if (process.argv[1] === import.meta.filename) writeFileSync(inSource('kernelBytes.ts'), await buildKernel())
