// Lets our decoder of event streams and npm's `eventsource-parser` read the same hostile bodies, cut at random, and prints where they differ.
//   node scripts/fuzzEvents.ts [inputs] [seed]      default 10000000 1; a million takes some minutes
import { readFileSync } from 'node:fs'
import { compareReaders } from '../test/wire/eventFuzz.ts'

const [inputs = 10_000_000, seed = 1] = process.argv.slice(2).map(Number)
if (!Number.isSafeInteger(inputs) || inputs < 1 || !Number.isSafeInteger(seed)) throw new Error('Expected a number of inputs and a seed')

const { version } = JSON.parse(readFileSync(new URL('../node_modules/eventsource-parser/package.json', import.meta.url), 'utf8')) as { version: string }
let differences = 0
let events = 0
const startedAt = performance.now()
compareReaders(
  inputs,
  seed,
  (difference) => {
    differences++
    if (differences <= 10) console.log(difference)
  },
  (input, count) => {
    events += count
    if ((input + 1) % 1_000_000 === 0) console.error(`${input + 1} inputs, ${events} events, ${differences} differences, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
  },
)
console.log(`eventsource-parser ${version}, Node ${process.versions.node}, seed ${seed}: ${inputs} inputs, ${events} events, ${differences} differences`)
process.exitCode = differences === 0 ? 0 : 1
