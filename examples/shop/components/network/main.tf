# A network with a public and a private subnet in each zone.

variable "region" {
  type = string
}

variable "cidr" {
  type = string
}

locals {
  zones = ["a", "b"]
}

resource "terraform_data" "network" {
  input = {
    region = var.region
    cidr   = var.cidr
  }

  # Where a cloud would take its time.
  provisioner "local-exec" {
    command = "echo 'creating the network'; sleep 0.3"
    quiet   = true
  }
}

resource "terraform_data" "subnet" {
  for_each = { for pair in setproduct(["public", "private"], local.zones) : "${pair[0]}-${pair[1]}" => pair }

  input = {
    network = terraform_data.network.id
    zone    = "${var.region}${each.value[1]}"
    cidr    = cidrsubnet(var.cidr, 8, index(local.zones, each.value[1]) + (each.value[0] == "private" ? 100 : 0))
  }
}

output "network_id" {
  value = terraform_data.network.id
}

# From `input`, which is known when it is planned: those who use it can be planned, too.
output "private_subnet" {
  value = terraform_data.subnet["private-a"].input.cidr
}

output "public_subnet" {
  value = terraform_data.subnet["public-a"].input.cidr
}
