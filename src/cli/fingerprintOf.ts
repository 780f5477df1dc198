import { hash } from 'node:crypto'
import { lastValueFrom } from 'rxjs'
import type { PassageStore } from '../types/ports.ts'

/** Changes with every document, and with how it was split and embedded. */
export async function fingerprintOf(store: PassageStore): Promise<string> {
  const fingerprints = await lastValueFrom(store.fingerprints())
  return hash('sha256', JSON.stringify([...fingerprints].toSorted(([a], [b]) => (a < b ? -1 : 1)))).slice(0, 12)
}
