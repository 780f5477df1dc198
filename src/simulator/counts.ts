import type { SimulatorCounts } from './record.ts'

type Writable<Value> = Value extends number ? number : { -readonly [Key in keyof Value]: Writable<Value[Key]> }

export type OpenCounts = Writable<SimulatorCounts>

export function createCounts(): OpenCounts {
  return {
    requests: 0,
    events: 0,
    bytes: 0,
    byStatus: {},
    byPath: {},
    byEnd: { finished: 0, server: 0, client: 0 },
    sockets: { opened: 0, server: 0, client: 0 },
    faults: {},
  }
}

export function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}
