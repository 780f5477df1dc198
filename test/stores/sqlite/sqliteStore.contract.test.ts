import { describe } from 'vitest'
import { sqliteStore } from '../../../src/stores/sqlite/sqliteStore.ts'
import { storeContract } from '../storeContract.ts'

describe('sqliteStore', () => storeContract(() => sqliteStore(':memory:')))
