import { InvalidOptionError } from '../errors.ts'
import type { JsonSchema } from '../types/completion.ts'

/** What is wrong with a value, a line each; nothing when it fits. */
export type Validate = (value: unknown) => readonly string[]

const maxProblems = 10

/** Checks by a JSON schema of draft 2020-12. Loads its library, so it is made while the model is already answering. */
export async function schemaValidator(schema: JsonSchema): Promise<Validate> {
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false })
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
