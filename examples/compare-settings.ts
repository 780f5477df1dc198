// Is one setting better than another? Search a file of queries with each, judge both runs, and test the difference.
// Shown on the documents here; with judgements of your own it is the same three commands.
//   node examples/compare-settings.ts
// Prints:
//   x
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
