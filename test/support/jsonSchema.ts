type Schema = Readonly<Record<string, unknown>>

/** Where a value is not as a JSON schema says. Knows what our schemas use: type, enum, const, properties, required, additionalProperties, items, $ref. */
export function violations(value: unknown, schema: unknown, root: unknown = schema, path = '$'): string[] {
  const rules = resolved(schema as Schema, root as Schema)
  const wrong: string[] = []
  const unknownRule = Object.keys(rules).find((rule) => !known.has(rule))
  if (unknownRule !== undefined) throw new Error(`The schema uses ${unknownRule}, which is not checked`)
  if ('const' in rules && rules['const'] !== value) wrong.push(`${path}: expected ${JSON.stringify(rules['const'])}`)
  if (Array.isArray(rules['enum']) && !rules['enum'].includes(value)) wrong.push(`${path}: expected one of ${rules['enum'].join(', ')}`)
  if (typeof rules['type'] === 'string' && !isOf(value, rules['type'])) return [...wrong, `${path}: expected ${rules['type']}`]
  if (Array.isArray(value)) return [...wrong, ...value.flatMap((item, index) => (rules['items'] === undefined ? [] : violations(item, rules['items'], root, `${path}[${index}]`)))]
  if (typeof value !== 'object' || value === null) return wrong
  const properties = (rules['properties'] ?? {}) as Readonly<Record<string, unknown>>
  for (const name of (rules['required'] ?? []) as readonly string[]) if (!(name in value)) wrong.push(`${path}.${name}: is missing`)
  for (const [name, field] of Object.entries(value)) {
    const rule = properties[name] ?? rules['additionalProperties']
    if (rule === false) wrong.push(`${path}.${name}: is not known`)
    else if (rule !== undefined) wrong.push(...violations(field, rule, root, `${path}.${name}`))
  }
  return wrong
}

const known = new Set(['$schema', '$id', '$defs', '$ref', 'title', 'description', 'type', 'enum', 'const', 'properties', 'required', 'additionalProperties', 'items'])

function resolved(schema: Schema, root: Schema): Schema {
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  const target = reference.split('/').slice(1).reduce<unknown>((found, part) => (found as Schema | undefined)?.[part], root)
  if (target === undefined) throw new Error(`The schema has no ${reference}`)
  return target as Schema
}

function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case 'array': return Array.isArray(value)
    case 'object': return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'integer': return Number.isSafeInteger(value)
    default: return typeof value === type
  }
}
