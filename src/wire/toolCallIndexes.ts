import type { ToolCallChunk } from '../types/chunk.ts'
import { asArray, asCount, asObject, asText, type JsonObject } from './json.ts'

/**
 * Reads the pieces of tool calls and says which call each belongs to.
 *
 * Servers differ: most number the calls; some send whole calls without a number; some number every call 0.
 * A piece begins a new call when it brings a name together with an id that its number does not have yet.
 */
export function createToolCallReader(): (calls: unknown) => ToolCallChunk[] {
  const ids: (string | undefined)[] = []
  /** Where the number that a server used now points to. */
  const places = new Map<number, number>()

  const placeOf = (call: JsonObject, position: number, name: string | undefined) => {
    const id = asText(call['id'])
    const number = asCount(call['index'])
    const known = number === undefined ? placeWithoutNumber(id, position) : places.get(number)
    const knownId = known === undefined ? undefined : ids[known]
    const isNew = known === undefined || (id !== undefined && name !== undefined && knownId !== undefined && id !== knownId)
    const place = isNew ? ids.length : known
    if (isNew) ids.push(id)
    else ids[place] ??= id
    if (number !== undefined) places.set(number, place)
    return place
  }
  const placeWithoutNumber = (id: string | undefined, position: number) => {
    if (id !== undefined) {
      const place = ids.indexOf(id)
      return place < 0 ? undefined : place
    }
    // Neither number nor id: a piece alone continues the last call, several stand in the order of the calls.
    const place = position > 0 ? position : ids.length - 1
    return place >= 0 && place < ids.length ? place : undefined
  }

  return (calls) =>
    asArray(calls).flatMap((value, position) => {
      const call = asObject(value)
      if (!call) return []
      const called = asObject(call['function'])
      const id = asText(call['id'])
      const name = asText(called?.['name'])
      const argumentsText = textOfArguments(called?.['arguments'])
      return [
        {
          type: 'tool-call' as const,
          index: placeOf(call, position, name),
          ...(id !== undefined && { id }),
          ...(name !== undefined && { name }),
          argumentsText,
        },
      ]
    })
}

function textOfArguments(value: unknown): string {
  if (typeof value === 'string') return value
  return asObject(value) ? JSON.stringify(value) : ''
}
