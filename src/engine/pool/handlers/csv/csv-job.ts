import { homedir } from 'node:os'
import { basename, dirname, extname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CsvProblem } from './csv-problem.ts'
import { type ColumnType, columnTypes } from './row-check.ts'

/** Where the rows come from: a file by its whole path, or the text itself. */
export type CsvInput = { readonly file: string } | { readonly text: string; readonly encoding: 'utf8' | 'base64' }

/** What a job asks for. */
export interface CsvJob {
  readonly input: CsvInput
  /** Null: found out from the first row. */
  readonly delimiter: string | null
  readonly quote: string
  /** A label of the WHATWG Encoding Standard; null: UTF-8, or UTF-16 where a byte order mark says so. */
  readonly encoding: string | null
  readonly hasHeader: boolean
  /** With a header those that are imported; without one the names of all. Null: as the header has them. */
  readonly columns: readonly string[] | null
  /** Columns that may not be empty. */
  readonly required: readonly string[]
  readonly types: Readonly<Record<string, ColumnType>>
  readonly validateOnly: boolean
  /** The NDJSON file that the rows are written to. */
  readonly target: string
  /** The CSV file that bad rows are written to. */
  readonly report: string
}

/** Where text that comes without a file is imported to. */
const homeFolder = 'sluice-imports'

/**
 * Reads a job's data. Programs that queue uploads call things differently, so the usual names are taken; the first that
 * is there counts:
 *
 *   the file       filePath, path, file, inputPath     a whole path, or a file: URL
 *   or the text    csv, content, fileContent, data     text; base64 where `contentEncoding` (or a data: URL) says so
 *   the text's name                                    fileName, originalName, name
 *   delimiter, quote, encoding, hasHeader, columns, required, types {column: type}
 *   validateOnly                                       true: nothing is written but the report
 *   target                                             the .ndjson or .jsonl file; a folder for both files: `folder`
 *
 * Throws a CsvProblem that says what is wrong with it.
 */
export function readCsvJob(data: unknown, id: string | null): CsvJob {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new CsvProblem('The data of this job is no object that could name a file.')
  }
  const fields = data as Readonly<Record<string, unknown>>
  const input = inputOf(fields)
  const name =
    'file' in input
      ? basename(input.file)
      : basename(text(fields, 'fileName', 'originalName', 'name') ?? `job-${id ?? 'csv'}`)
  const stem = basename(name, extname(name)) || 'import'
  const folder = text(fields, 'folder') ?? ('file' in input ? dirname(input.file) : join(homedir(), homeFolder))
  const target = text(fields, 'target') ?? join(folder, `${stem}.ndjson`)
  // Whoever can queue a job may not choose which file of this computer is overwritten.
  if (!/\.(ndjson|jsonl)$/i.test(target)) throw new CsvProblem('The target of an import ends in .ndjson or .jsonl.')
  for (const path of [folder, target]) {
    if (!isAbsolute(path)) throw new CsvProblem(`${path} is not a whole path, so it is not clear which place it means.`)
  }
  return {
    input,
    delimiter: oneCharacter(fields, 'delimiter'),
    quote: oneCharacter(fields, 'quote') ?? '"',
    encoding: text(fields, 'encoding'),
    hasHeader: flag(fields, 'hasHeader') ?? true,
    columns: names(fields, 'columns'),
    required: names(fields, 'required') ?? [],
    types: typesOf(fields),
    validateOnly: flag(fields, 'validateOnly') ?? false,
    target,
    report: join(folder, `${stem}.errors.csv`),
  }
}

function inputOf(fields: Readonly<Record<string, unknown>>): CsvInput {
  const path = text(fields, 'filePath', 'path', 'file', 'inputPath')
  if (path !== null) return { file: wholePath(path) }
  const content = text(fields, 'csv', 'content', 'fileContent', 'data')
  if (content === null)
    throw new CsvProblem('This job names no file (filePath, path, file) and holds no text (csv, content, fileContent).')
  const url = /^data:[^,]*;base64,/i.exec(content)
  if (url) return { text: content.slice(url[0].length), encoding: 'base64' }
  return { text: content, encoding: text(fields, 'contentEncoding') === 'base64' ? 'base64' : 'utf8' }
}

function wholePath(path: string): string {
  if (/^file:/i.test(path)) {
    try {
      return fileURLToPath(path)
    } catch {
      throw new CsvProblem(`${path} is no URL of a file on this computer.`)
    }
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) throw new CsvProblem(`${path} is not on this computer: fetch it first.`)
  if (!isAbsolute(path)) throw new CsvProblem(`${path} is not a whole path, so it is not clear which file it means.`)
  return path
}

function text(fields: Readonly<Record<string, unknown>>, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}

function flag(fields: Readonly<Record<string, unknown>>, name: string): boolean | null {
  const value = fields[name]
  return typeof value === 'boolean' ? value : null
}

function oneCharacter(fields: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = fields[name]
  if (value === undefined || value === null) return null
  const character = value === '\\t' ? '\t' : value
  if (typeof character === 'string' && /^[\x20-\x7e\t]$/.test(character)) return character
  throw new CsvProblem(`The ${name} of this job is not one character.`)
}

function names(fields: Readonly<Record<string, unknown>>, name: string): string[] | null {
  const value = fields[name]
  if (value === undefined || value === null) return null
  if (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && each !== '')) {
    return value as string[]
  }
  throw new CsvProblem(`The ${name} of this job are no list of names.`)
}

function typesOf(fields: Readonly<Record<string, unknown>>): Record<string, ColumnType> {
  const given = fields.types
  if (given === undefined || given === null) return {}
  if (typeof given !== 'object' || Array.isArray(given)) throw new CsvProblem('The types of this job are no object.')
  for (const [column, type] of Object.entries(given)) {
    if (!columnTypes.some((each) => each === type)) {
      throw new CsvProblem(`The type of ${column} is none of ${columnTypes.join(', ')}.`)
    }
  }
  return given as Record<string, ColumnType>
}
