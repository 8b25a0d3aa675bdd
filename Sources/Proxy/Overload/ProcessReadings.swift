internal import Glibc

/// What the process uses, by readings that cost microseconds: files of the kernel that stay open.
struct ProcessReadings {
    private let memoryFile: CInt
    private let descriptorFolder: CInt
    private let pageBytes: Int
    /// Whether the kernel tells the number of descriptors without being asked for each (Linux 6.2 and later).
    private let countsDescriptors: Bool
    private var looks = 0
    private var known = 0

    init() {
        memoryFile = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        descriptorFolder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        pageBytes = max(1, Int(sysconf(Int32(_SC_PAGESIZE))))
        countsDescriptors = Self.size(descriptorFolder) > 0
    }

    /// Bytes of memory that the process has in use, and those of them that belong to no file; 0 where that is not known.
    func memory() -> (all: Int, own: Int) {
        var bytes: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
        return withUnsafeMutableBytes(of: &bytes) { buffer in
            let count = pread(memoryFile, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return (0, 0) }
            // in pages: the size, what of it is resident, and what of that is shared with others, which files are
            let words = buffer[..<count].split(separator: 0x20, maxSplits: 3)
            guard words.count == 4 else { return (0, 0) }
            let resident = pages(words[1])
            return (resident &* pageBytes, max(0, resident &- pages(words[2])) &* pageBytes)
        }
    }

    private func pages(_ digits: Slice<UnsafeMutableRawBufferPointer>) -> Int {
        digits.reduce(0) { $0 &* 10 &+ Int($1 &- 0x30) }
    }

    /// Descriptors that are open.
    mutating func descriptors() -> Int {
        if countsDescriptors { return Self.size(descriptorFolder) }
        // each is looked at: seldom, the more there are
        looks += 1
        if known < 1024 || looks % 10 == 0 { known = Descriptors.ofThisProcess().open }
        return known
    }

    static func descriptorLimit() -> Int {
        var bound = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &bound) == 0 else { return 0 }
        return bound.rlim_cur >= 1 << 40 ? 0 : Int(clamping: bound.rlim_cur)
    }

    private static func size(_ folder: CInt) -> Int {
        var facts = stat()
        return folder >= 0 && fstat(folder, &facts) == 0 ? Int(facts.st_size) : 0
    }

    func close() {
        if memoryFile >= 0 { Glibc.close(memoryFile) }
        if descriptorFolder >= 0 { Glibc.close(descriptorFolder) }
    }
}
