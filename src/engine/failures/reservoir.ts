/** A fair sample of everything that was offered, however much that was: each has the same chance to be in it. */
export class Reservoir<T> {
  readonly items: T[] = []
  offered = 0

  constructor(
    private readonly size: number,
    private readonly random: () => number = Math.random,
  ) {}

  /** `make` is called only for what is taken. */
  offer(make: () => T): void {
    this.offered++
    if (this.items.length < this.size) {
      this.items.push(make())
      return
    }
    const at = Math.floor(this.random() * this.offered)
    if (at < this.size) this.items[at] = make()
  }
}
