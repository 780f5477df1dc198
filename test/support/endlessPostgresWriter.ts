/** A program for tests that kill it: `node endlessPostgresWriter.ts ADDRESS SEED` replaces documents of an index until it is killed. */
import { firstValueFrom } from 'rxjs'
import { postgresStore } from '../../src/stores/postgres/postgresStore.ts'
import { randomNumbers } from './fillerText.ts'
import { passagesOf, storedDocument } from './storedDocument.ts'

const [address = '', seed = '0'] = process.argv.slice(2)
const random = randomNumbers(Number(seed))
const store = await postgresStore(address)
for (let version = 0; ; version++) {
  const id = `d${Math.floor(random() * 20)}`
  const count = 1 + Math.floor(random() * 20)
  // The fingerprint says what a whole document looks like.
  const fingerprint = `${seed}.${version}/${count}`
  const passages = passagesOf(id, Array.from({ length: count }, () => `version ${fingerprint} ${'filler words '.repeat(20)}`))
  await firstValueFrom(store.upsert(storedDocument(id, { fileId: `f${id}`, fingerprint }), passages))
  if (random() < 0.2) await firstValueFrom(store.removeFiles([`fd${Math.floor(random() * 20)}`]))
  if (version === 0) process.stdout.write('ready\n')
}
