internal import Access

/// The entry of libFuzzer: a PROXY header says the same whatever follows it, and a part of one asks for more or is refused
/// for the same reason as the whole.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProxyHeader(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: data, count: size)
    let whole = ProxyHeader.read(bytes)
    for count in 0..<min(size, 300) {
        let part = ProxyHeader.read(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        switch (part, whole) {
        case (.more, _): continue
        case (.complete(let length, _), _): precondition(length <= count && part == whole, "\(part), then \(whole)")
        case (.failed, .failed): continue
        default: preconditionFailure("\(part) after \(count) bytes, then \(whole)")
        }
    }
    if case .complete(let length, _) = whole { precondition(length > 0 && length <= size, "\(length) of \(size)") }
    return 0
}
