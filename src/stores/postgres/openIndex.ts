import { lastValueFrom } from 'rxjs'
import { RagError } from '../../errors.ts'
import type { FoundConfiguration, IndexConfiguration } from '../indexConfiguration.ts'
import { claimConfiguration, readConfiguration } from './configuration.ts'
import { toIndexError } from './describePostgresError.ts'
import { parseAddress } from './parseAddress.ts'
import { requireIndex } from './schema.ts'
import { type Transactions, openTransactions } from './transactions.ts'

export interface OpenIndex {
  readonly transactions: Transactions
  readonly configuration: FoundConfiguration
}

interface How {
  /** At most; absent: what the address says, or 8. */
  readonly connections: number | undefined
  readonly readOnly: boolean
  readonly wanted: IndexConfiguration | undefined
}

const defaultConnections = 8

/** Connects, makes the index where there is none, and sees that it fits. */
export async function openIndex(url: string, { connections, readOnly, wanted }: How): Promise<OpenIndex> {
  const address = parseAddress(url)
  const transactions = await openTransactions(address, connections ?? address.connections ?? defaultConnections)
  try {
    await requireIndex(transactions, readOnly)
    if (wanted !== undefined) await lastValueFrom(transactions.write((ask) => claimConfiguration(ask, address, wanted)))
    return { transactions, configuration: await lastValueFrom(transactions.read(readConfiguration)) }
  } catch (error) {
    transactions.close()
    const isOfDatabase = error instanceof RagError && error.code === 'index' && error.cause !== undefined
    throw isOfDatabase ? toIndexError(error.cause, address.name, 'open') : error
  }
}
