import { InvalidOptionError } from '../errors.ts'
import type { JsonSchema } from '../types/completion.ts'

/** What is wrong with a value, a line each; nothing when it fits. */
export type Validate = (value: unknown) => readonly string[]

const maxProblems = 10

/** Checks by a JSON schema: of draft 2020-12, or of draft-07 when it names that. Loads its library, so it is made while the model is already answering. */
export async function schemaValidator(schema: JsonSchema): Promise<Validate> {
  const isDraft7 = String(schema['$schema']).includes('/draft-07/')
  const Ajv = isDraft7 ? (await import('ajv')).Ajv : (await import('ajv/dist/2020.js')).Ajv2020
  const ajv = new Ajv({ allErrors: true, strict: false, strictNumbers: true, logger: false })
  let validate: ReturnType<typeof ajv.compile>
  try {
    validate = ajv.compile(schema)
  } catch (error) {
    throw new InvalidOptionError(`Expected a JSON schema: ${error instanceof Error ? error.message : String(error)}`)
  }
  return (value) => {
    if (validate(value)) return []
    return (validate.errors ?? []).slice(0, maxProblems).map(({ instancePath, message = 'is not valid', params }) => {
      const extra: unknown = params['additionalProperty']
      return `${instancePath === '' ? 'the object' : instancePath} ${message}${typeof extra === 'string' ? ` (${extra})` : ''}`
    })
  }
}
