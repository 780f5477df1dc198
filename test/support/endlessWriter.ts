/** A program for tests that kill it: `node endlessWriter.ts INDEX SEED` replaces documents of an index until it is killed. */
import { firstValueFrom } from 'rxjs'
import { sqliteStore } from '../../src/stores/sqlite/sqliteStore.ts'
import { randomNumbers } from './fillerText.ts'
import { passagesOf } from './storedDocument.ts'

const [path = '', seed = '0'] = process.argv.slice(2)
const random = randomNumbers(Number(seed))
const store = sqliteStore(path)
for (let version = 0; ; version++) {
  const id = `d${Math.floor(random() * 30)}`
  const fileId = `f${id}`
  const count = 1 + Math.floor(random() * 40)
  // The fingerprint says what a whole document looks like.
  const fingerprint = `${seed}.${version}/${count}`
  const passages = passagesOf(id, Array.from({ length: count }, () => `version ${fingerprint} ${'filler words '.repeat(20)}`))
  const embedded = passages.map((plain) => ({ ...plain, embedding: Float32Array.of(random(), 1, random()) }))
  await firstValueFrom(store.upsert({ document: { id }, fingerprint, fileId }, embedded))
  if (random() < 0.2) await firstValueFrom(store.removeFiles([`fd${Math.floor(random() * 30)}`]))
  if (version === 0) process.stdout.write('ready\n')
}
