# A cache of two nodes.

variable "memory_mb" {
  type = number
}

variable "subnet" {
  type = string
}

resource "terraform_data" "node" {
  count = 2

  input = {
    name   = "cache-${count.index}"
    memory = var.memory_mb / 2
    subnet = var.subnet
  }

  provisioner "local-exec" {
    command = "sleep 0.2"
    quiet   = true
  }
}

output "address" {
  value = "${terraform_data.node[0].input.name}.internal:6379"
}

output "nodes" {
  value = terraform_data.node[*].input.name
}
