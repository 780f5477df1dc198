/** The only place that reads environment variables. Empty ones count as absent. */
export const environment = {
  apiKey: () => read('OPENAI_API_KEY'),
  baseUrl: () => read('OPENAI_BASE_URL'),
  token: () => read('RIFFLE_TOKEN'),
  cacheFolder: () => read('RIFFLE_CACHE') ?? read('XDG_CACHE_HOME'),
  home: () => read('HOME') ?? read('USERPROFILE'),
  debug: () => read('RIFFLE_DEBUG') !== undefined,
  noColor: () => read('NO_COLOR') !== undefined,
  terminal: () => read('TERM'),
  terminalProgram: () => read('TERM_PROGRAM'),
}

function read(name: string): string | undefined {
  const value = process.env[name]
  return value === undefined || value === '' ? undefined : value
}
