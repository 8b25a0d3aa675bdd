/// The entry of libFuzzer: the first byte says which side and how to cut the rest; whole and cut must agree.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWire(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let data, size > 1 else { return 0 }
    let seed = data[0]
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
    let side: WireDriver.Side = seed & 1 == 0 ? .requests : .answers
    let whole = WireDriver.events(bytes, side, cuts: [])
    let step = Int(seed >> 1) % 17 + 1
    let cut = WireDriver.events(bytes, side, cuts: Array(stride(from: step, to: bytes.count, by: step)))
    precondition(whole == cut, "a split changed the events:\n\(whole)\n\(cut)")
    return 0
}
