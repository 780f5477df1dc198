import { expect, it } from 'vitest'
import { Ledger } from '../../src/internal/ledger.ts'
import { call } from '../support/chunks.ts'

it('sums calls, and is as trustworthy as the weakest of them', () => {
  const ledger = new Ledger()
  expect(ledger.total()).toEqual({ type: 'usage', calls: [], inputTokens: 0, outputTokens: 0, from: 'server' })

  ledger.add(call(1, 10, 'server'))
  const before = ledger.total()
  ledger.add(call(2, 20, 'counted'))

  expect(before).toEqual({ type: 'usage', calls: [call(1, 10)], inputTokens: 1, outputTokens: 10, from: 'server' })
  expect(ledger.total()).toMatchObject({ inputTokens: 3, outputTokens: 30, from: 'counted' })
  ledger.add(call(0, 0, 'estimated'))
  ledger.add(call(0, 0, 'server'))
  expect(ledger.total()).toMatchObject({ inputTokens: 3, outputTokens: 30, from: 'estimated' })
})
