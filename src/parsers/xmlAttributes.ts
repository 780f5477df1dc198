/** The attributes of each element of that name, whatever its namespace prefix, in order. */
export async function xmlAttributes(
  bytes: Uint8Array | undefined,
  element: string,
): Promise<readonly Readonly<Record<string, string>>[]> {
  if (bytes === undefined) return []
  const { Parser } = await import('htmlparser2')
  const found: Record<string, string>[] = []
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        if (tag === element || tag.endsWith(`:${element}`)) found.push(attributes)
      },
    },
    { xmlMode: true },
  )
  parser.end(new TextDecoder().decode(bytes))
  return found
}
