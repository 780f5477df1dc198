import { endianness } from 'node:os'
import { ContractError, ProviderError } from '../errors.ts'
import { isFinite32 } from '../internal/checkEmbedding.ts'
import type { Embedding } from '../types/document.ts'
import { readErrorBody } from '../wire/errorBody.ts'
import { asArray, asCount, asObject } from '../wire/json.ts'

/**
 * Reads the body of an embeddings response: base64 or numbers, whichever the server sent, put in order by `index`.
 *
 * @throws ContractError when it does not hold `count` embeddings of one length, `dimensions` when that is known.
 * @throws ProviderError when the body is an error or no embeddings response at all.
 */
export function readEmbeddings(body: unknown, count: number, dimensions: number | undefined): readonly Embedding[] {
  const data = asObject(body)?.['data']
  if (!Array.isArray(data)) throw notEmbeddings(body)
  if (data.length !== count) throw new ContractError(`Expected ${count} embeddings, got ${data.length}`)
  const embeddings: (Embedding | undefined)[] = Array.from({ length: count })
  data.forEach((value, position) => {
    const item = asObject(value)
    const index = asCount(item?.['index'] ?? position)
    if (index === undefined || index >= count || embeddings[index]) {
      throw new ContractError(`Expected each index below ${count} once, got ${JSON.stringify(item?.['index'])}`)
    }
    embeddings[index] = readEmbedding(item?.['embedding'])
  })
  const length = dimensions ?? embeddings[0]?.length
  return embeddings.map((embedding) => {
    if (!embedding || embedding.length === 0 || embedding.length !== length) {
      throw new ContractError(`Expected embeddings of ${length || 1} dimensions or more alike, got ${embedding?.length ?? 0}`)
    }
    return embedding
  })
}

function readEmbedding(value: unknown): Embedding {
  const embedding = typeof value === 'string' ? fromBase64(value) : Float32Array.from(asArray(value), Number)
  if (!isFinite32(embedding)) throw new ContractError('Expected embeddings of finite numbers')
  return embedding
}

/** Four bytes a number, the lowest first. */
function fromBase64(text: string): Embedding {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length % 4 !== 0) throw new ContractError(`Expected an embedding of four bytes a number, got ${bytes.length} bytes`)
  const isAlone = bytes.length === bytes.buffer.byteLength
  if (endianness() === 'LE') return new Float32Array(isAlone ? bytes.buffer : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index))
}

function notEmbeddings(body: unknown): ProviderError {
  const error = readErrorBody(body)
  if (!error) {
    return new ProviderError('wrong-content-type', 'Expected embeddings, got something else: is the base URL right? It mostly ends in /v1')
  }
  return new ProviderError('stream-error', `The server reported an error: ${error.message || error.kind}`, {
    ...(error.status !== undefined && { status: error.status }),
  })
}
