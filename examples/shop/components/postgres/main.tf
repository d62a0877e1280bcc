# A PostgreSQL server with one database. The stack has two components from this module.

variable "database" {
  type = string
}

variable "size" {
  type = number

  validation {
    condition     = var.size >= 1 && var.size <= 1000
    error_message = "A database has between 1 and 1000 GiB."
  }
}

variable "subnet" {
  type = string
}

# Sensitive: Davit hands it over in the process environment, not in a file.
variable "password" {
  type      = string
  sensitive = true
}

locals {
  host = "${var.database}-db.internal"
}

resource "terraform_data" "disk" {
  input            = "${var.size} GiB"
  triggers_replace = var.database # a disk belongs to one database
}

resource "terraform_data" "server" {
  input = {
    engine = "postgres 16"
    disk   = terraform_data.disk.id
    subnet = var.subnet
  }

  provisioner "local-exec" {
    command = "echo 'starting ${local.host}'; sleep 0.5"
    quiet   = true
  }
}

resource "terraform_data" "user" {
  input = {
    server   = terraform_data.server.id
    name     = "shop"
    password = sha256(var.password)
  }
}

output "host" {
  value = local.host
}

output "url" {
  value     = "postgres://shop:${urlencode(var.password)}@${local.host}:5432/${var.database}"
  sensitive = true
}
