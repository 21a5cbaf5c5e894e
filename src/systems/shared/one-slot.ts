import { SluiceError } from '../../domain/errors.ts'

/** Runs what needs all its keys in one slot of a Redis Cluster; where they are not, UNSUPPORTED with this sentence. */
export async function inOneSlot<T>(sentence: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const refused =
      error instanceof SluiceError &&
      (error.code === 'UNSUPPORTED' || error.code === 'CROSS_SLOT' || /CROSSSLOT/.test(error.message))
    throw refused ? new SluiceError('UNSUPPORTED', sentence) : error
  }
}
