import DiskIO
import HostModel

/// `secrets/<id>/`, made with the first value.
struct SecretPlace {
    let app: AppID
    /// `secrets/`
    let part: Directory

    /// Writes values under names that nothing had before, durably.
    ///
    /// The record that names them must lie in `record.json.new` already: values that no journal announces are known by
    /// it, and swept.
    func write(_ values: [SecretFile: SecretValue]) throws(FileSystemError) {
        guard !values.isEmpty else { return }
        let place = try part.openOrMake(DiskPath(app), mode: 0o700)
        for (file, value) in values {
            try DurableFile.write(value.bytes, to: file.path, in: place, mode: 0o600)
        }
        try place.sync()
    }
}

extension ManagedRoot {
    /// The value of a secret that an app's record names.
    ///
    /// - Throws: also where the record names a file that is not there, or holds no value: the record is at fault then.
    package func secretValue(of app: AppID, in file: SecretFile) throws(StorageError) -> SecretValue {
        let secrets = try part(.secrets)
        let path = DiskPath(app).appending(file.path)
        let content = try onDisk { () throws(FileSystemError) in
            try secrets.file(path).content(limit: SecretValue.limit)
        }
        guard let content, let value = try? SecretValue(content) else {
            throw .record(RecordError(file: "secrets/\(app)", problem: "it holds no value that can be used"))
        }
        return value
    }
}
