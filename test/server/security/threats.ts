export interface Threat {
  readonly threat: string
  readonly answer: string
  /** Names of tests that prove it: `file` from `test`, and the name of a test or a group in it. */
  readonly tests: readonly { readonly file: string; readonly name: string }[]
}

const suite = 'server/security.test.ts'
const sockets = 'server/security/sockets.test.ts'
const hostile = 'page/hostile.test.ts'
const secrets = 'server/security/secrets.test.ts'

/** The table of docs/security.md; a test holds it and its names true. */
export const threats: readonly Threat[] = [
  {
    threat: 'DNS rebinding: a page makes its own name point to this machine, and reads answers',
    answer: '`Host` is checked on every request, before anything else: loopback names, and those of `--host-name`; one of it, whole. Else 403',
    tests: [{ file: suite, name: 'answers only under its own names' }, { file: sockets, name: 'checks the Host of real requests' }],
  },
  {
    threat: 'Pages of other sites ask with the visitor’s network',
    answer: 'No CORS header by default; `Origin` must be on an exact list; a body must be called JSON, so no form can post',
    tests: [{ file: suite, name: 'lets no page of another site ask' }],
  },
  {
    threat: 'A server open to the network',
    answer: 'Listens on 127.0.0.1; another address needs a token of 16 characters, compared in constant time',
    tests: [{ file: suite, name: 'wants its token' }, { file: 'cli/serve.test.ts', name: 'refuses %s with one line' }],
  },
  {
    threat: 'Clients that send slowly, or connect too often',
    answer: 'Headers within 10 s, requests within 30 s, 256 connections, 16 KiB of headers',
    tests: [{ file: sockets, name: 'ends a request that comes too slowly' }, { file: sockets, name: 'takes no more connections than it may' }, { file: sockets, name: 'refuses headers that are too large' }],
  },
  {
    threat: 'Bodies that are large, deep, or poison objects',
    answer: '1 MiB, counted while it is read; 64 levels; `__proto__` is dropped; UTF-8 only',
    tests: [{ file: sockets, name: 'stops reading a body that is too large' }, { file: suite, name: 'refuses bodies that are deep' }, { file: suite, name: 'keeps prototypes clean' }],
  },
  {
    threat: 'Clients that never read fill the memory',
    answer: 'One bounded log a run, no queue a client; who takes nothing for 30 s is cut, and counted',
    tests: [{ file: sockets, name: 'cuts a client that never reads' }],
  },
  {
    threat: 'Paths that lead out of a folder',
    answer: 'Routes are a fixed list; no path names a file. `/v1/passages` looks an id up in the index, as far as `--filter` lets it, and tells no path of the disk',
    tests: [{ file: suite, name: 'knows no path but its routes' }, { file: 'server/passages.test.ts', name: 'knows only what is in the index' }, { file: 'cli/serve.test.ts', name: 'opens no document that --filter keeps out' }],
  },
  {
    threat: 'Text of a model or client that becomes a field, a header or an event of its own',
    answer: 'Data is JSON, so it has no line break; ids are of our own signs, or replaced',
    tests: [{ file: suite, name: 'keeps one event one event' }, { file: suite, name: 'makes an id of its own' }],
  },
  {
    threat: 'Text that a browser takes for a page',
    answer: 'Exact content types, `nosniff` on every reply; the page alone is HTML, always the same',
    tests: [{ file: suite, name: 'sends nothing that a browser runs' }, { file: 'server/page.test.ts', name: 'serves %s with a strict policy' }],
  },
  {
    threat: 'Text of a model or a document that becomes markup, code or a request on the page',
    answer: 'It is text nodes only, without control and bidi characters; links to http, https and mail alone; nothing is loaded for it; a policy without `unsafe`, with trusted types',
    tests: [{ file: hostile, name: 'a model that is hostile changes nothing but text' }, { file: hostile, name: 'a document that is hostile changes nothing but text' }, { file: hostile, name: 'the policy of the page' }, { file: 'page/markdown.test.ts', name: 'takes 200,000 characters of' }],
  },
  {
    threat: 'Keys and tokens in logs, errors and replies',
    answer: 'Unforeseen errors are told as `The answer failed`; the log has no query, header or question; the page keeps its token in the tab and sends it as a header',
    tests: [{ file: secrets, name: 'shows no secret in any form' }, { file: 'cli/serve.test.ts', name: 'wants the token of its environment, and shows it nowhere' }, { file: 'page/page.test.ts', name: 'asks for the token, keeps it in this tab alone' }],
  },
  {
    threat: 'Questions that cost money without an end',
    answer: 'Bounds on runs, waiting, questions and answers; ceilings a day, refused before anything is spent; without viewers a run stops',
    tests: [{ file: 'server/budget.test.ts', name: 'is passed by no more than the runs in flight' }, { file: 'server/leaving.test.ts', name: 'closes the socket to the model' }, { file: 'server/handler.test.ts', name: 'answers 503 with Retry-After' }],
  },
]
