import { describe } from 'vitest'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { storeContract } from './storeContract.ts'

describe('memoryStore', () => storeContract(() => memoryStore()))
