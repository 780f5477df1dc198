import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startSimulator } from '../../src/simulator/startSimulator.ts'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const textsOf = (body: unknown) => (body as { readonly input: readonly string[] }).input

/** Ten files, one of them with a text that the server refuses while it is told to. */
async function setUp(status = 400) {
  const folder = temporaryFolder()
  for (let number = 0; number < 10; number++) writeFileSync(join(folder, `${number}.txt`), number === 7 ? 'The poisoned text.' : `Report ${number} measured ${number * 17}.`)
  const state = { refuses: true }
  const server = await startSimulator({
    embeddings: ({ body }) => (state.refuses && textsOf(body).some((text) => text.includes('poisoned')) ? { fault: { type: 'status', status } } : {}),
  })
  const options = ['--data', folder, '--base-url', server.url, '--embedding-model', 'm']
  return { folder, index: join(temporaryFolder(), 'docs.sqlite'), server, state, options }
}

describe('riffle index, when a document cannot be embedded', () => {
  it.each([400, 500])('names it, exits with 4, and takes it up again (%i)', async (refusal) => {
    const { index, server, state, options } = await setUp(refusal)
    try {
      const first = await runRiffle(['index', ...options, '--index', index])
      expect(first.stderr).toMatch(new RegExp(`failed: .*7\\.txt: .*${refusal}`))
      expect(first.stderr).toContain('1 document could not be embedded')
      expect(first.stderr).toContain('9 documents, 9 passages')
      expect(first.code).toBe(4)

      state.refuses = false
      const again = await runRiffle(['index', ...options, '--index', index])
      expect(again.stderr).toContain('10 documents, 10 passages')
      expect(again.code).toBe(0)
      expect(server.record.requests.flatMap(({ body, status }) => (status === 200 ? textsOf(body) : []))).toHaveLength(10)
    } finally {
      await server.close()
    }
  })

  it('ask goes on with the rest', async () => {
    const { server, options } = await setUp()
    try {
      const { code, stdout, stderr } = await runRiffle(['ask', 'What did report 3 measure?', ...options, '--model', 'm'])
      expect(stderr).toContain('1 document could not be embedded')
      expect(stdout).not.toBe('')
      expect(code).toBe(0)
    } finally {
      await server.close()
    }
  })

  it('ends at the first refusal of the key', async () => {
    const { index, options, server } = await setUp()
    await server.close()
    const refusing = await startSimulator({ embeddings: { fault: { type: 'status', status: 401 } } })
    try {
      const { code, stderr } = await runRiffle(['index', ...options.with(3, refusing.url), '--index', index])
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(stderr).toContain('401')
      expect(code).toBe(1)
    } finally {
      await refusing.close()
    }
  })
})
