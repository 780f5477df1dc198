import { SkippedError } from '../errors.ts'

const MAX_ENTRIES = 10_000
const MAX_TOTAL_BYTES = 128 * 1024 * 1024

/**
 * The wanted entries of an archive. What the directory says they unpack to is added up before anything is unpacked,
 * and no entry is unpacked further than it says: a bomb costs no more than these limits.
 *
 * @throws SkippedError `too-large` beyond 10,000 entries or 128 MiB of wanted ones, `encrypted`, `damaged`.
 */
export async function readZip(
  bytes: Uint8Array,
  name: string,
  isWanted: (entry: string) => boolean,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { unzipSync } = await import('fflate')
  let entries = 0
  let total = 0
  const filter = (file: { readonly name: string; readonly originalSize: number; readonly compression: number }) => {
    entries += 1
    const wanted = isWanted(file.name)
    if (wanted) total += file.originalSize
    if (entries > MAX_ENTRIES) throw new SkippedError('too-large', `${name} has more than ${MAX_ENTRIES} parts`)
    if (total > MAX_TOTAL_BYTES) throw new SkippedError('too-large', `${name} unpacks to more than ${MAX_TOTAL_BYTES} bytes`)
    return wanted
  }
  try {
    unzipSync(bytes, { filter: (file) => filter(file) && false })
    return new Map(Object.entries(unzipSync(bytes, { filter: (file) => isWanted(file.name) })))
  } catch (error) {
    if (error instanceof SkippedError) throw error
    throw new SkippedError('damaged', `${name} is a damaged archive`, { cause: error })
  }
}
