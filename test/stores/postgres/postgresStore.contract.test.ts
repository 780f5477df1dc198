import { describe } from 'vitest'
import { postgresStore } from '../../../src/stores/postgres/postgresStore.ts'
import { newIndexes } from '../../support/pgliteServer.ts'
import { realPostgres } from '../../support/realPostgres.ts'
import { storeContract } from '../storeContract.ts'

const real = await realPostgres()

describe('postgresStore over PGlite', () => {
  const { newAddress } = newIndexes()
  storeContract(() => postgresStore(newAddress()))
})

describe.skipIf(real?.hasVector !== true)('postgresStore over a PostgreSQL server', () => {
  storeContract(() => postgresStore(real?.newAddress() ?? ''))
})
