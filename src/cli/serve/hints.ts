/** The address, and how to ask it. */
export function hints(url: string, hasToken: boolean): readonly string[] {
  const token = hasToken ? ' -H "authorization: Bearer $RIFFLE_TOKEN"' : ''
  return [
    `${url}, until Ctrl-C: open it in a browser, or ask`,
    `  curl -N${token} '${url}/stream-question?query_text=What+is+this+about%3F'`,
    `  curl -N${token} ${url}/v1/answers -H 'content-type: application/json' -d '{"question":"What is this about?"}'`,
    `All that it answers to: ${url}/openapi.json`,
  ]
}
