/// The entry of libFuzzer: the first byte says what the rest is.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEdge(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let data, size > 0 else { return 0 }
    EdgeDriver.run(data[0], Array(UnsafeBufferPointer(start: data + 1, count: size - 1)))
    return 0
}
