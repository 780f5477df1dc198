import type { SourceFile } from '../../src/types/source.ts'

/** A file that is nowhere but here, read in blocks of that size. */
export function memoryFile(
  name: string,
  content: string | Uint8Array,
  blockBytes = 65_536,
): SourceFile & { readonly closed: () => number } {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  let closed = 0
  return {
    id: `docs/${name}`,
    path: `/docs/${name}`,
    uri: `file:///docs/${name}`,
    root: '/docs',
    size: bytes.length,
    stamp: `${bytes.length}-0`,
    closed: () => closed,
    async *read() {
      try {
        for (let start = 0; start < bytes.length; start += blockBytes) yield bytes.subarray(start, start + blockBytes)
      } finally {
        closed += 1
      }
    },
  }
}
